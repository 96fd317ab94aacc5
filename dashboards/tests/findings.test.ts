import { describe, expect, it } from "vitest";
import { inChinese } from "../rules/findings";

describe("inChinese", () => {
  it.each([
    ["no bureau `heat-gas-center`; did you mean `heat-gas-centre`?", "没有承办单位 `heat-gas-center`；是不是想写 `heat-gas-centre`？"],
    ["unknown key `radius`; did you mean `radius_m`?", "不认识的键`radius`；是不是想写 `radius_m`？"],
    ["`lead` is missing", "缺少`lead`"],
    ["the bureau that leads cannot also assist", "牵头单位不能同时协办"],
    ["the route `a` is never reached: `b` (routing.yaml:3) before it takes all of it", "派遣规则 `a` 永远用不到：排在它前面的 `b` (routing.yaml:3) 已全部接走"],
    ["expected a number, got a list", "这里应为数字，写成了 a list"],
    ["`VI` is none of I, II, III, IV", "`VI` 不在可用的词之中：I, II, III, IV"],
  ])("says %s", (message, words) => {
    expect(inChinese(message)).toBe(words);
  });

  it("leaves as it is what it does not know", () => {
    expect(inChinese("a city has at least one district")).toBe("a city has at least one district");
  });
});
