import { describe, expect, it } from "vitest";
import type { Entry } from "../rules/api";
import { type Branch, treeOf } from "../rules/grouping";

function entry(file: string, id: string, rest: Partial<Entry> = {}): Entry {
  return { file, section: "rules", id, name: null, about: "", group: "", line: 1, column: 1, end_line: 1, ...rest };
}

function shape(branches: readonly Branch[]): unknown {
  return branches.map((branch) => [branch.label, branch.size, shape(branch.branches), branch.entries.map((one) => one.id)]);
}

describe("treeOf", () => {
  it("groups the duty list by kind and class, and the city by section", () => {
    const tree = treeOf([
      entry("city.yaml", "police", { section: "bureaus" }),
      entry("duties/event.yaml", "0501", { group: "05 突发事件" }),
      entry("duties/event.yaml", "0502", { group: "05 突发事件" }),
      entry("duties/units.yaml", "x"),
    ]);
    expect(shape(tree)).toEqual([
      ["duties/", 3, [["event", 2, [["05 突发事件", 2, [], ["0501", "0502"]]], []], ["units", 1, [], ["x"]]], []],
      ["city.yaml", 1, [["bureaus", 1, [], ["police"]]], []],
    ]);
  });

  it("keeps the order in which rules decide, and shows files that it does not know last", () => {
    const tree = treeOf([entry("zoning.yaml", "z"), entry("routing.yaml", "b"), entry("routing.yaml", "a"), entry("categories.yaml", "c")]);
    expect(tree.map((branch) => branch.label)).toEqual(["categories.yaml", "routing.yaml", "zoning.yaml"]);
    expect(tree[1]?.entries.map((one) => one.id)).toEqual(["b", "a"]);
  });

  it("leaves no rule out", () => {
    const entries = ["a.yaml", "duties/x.yaml", "cases/y.yaml", "feeds.yaml"].map((file, n) => entry(file, String(n), { group: n % 2 ? "g" : "" }));
    const count = (branches: readonly Branch[]): number => branches.reduce((sum, one) => sum + one.entries.length + count(one.branches), 0);
    expect(count(treeOf(entries))).toBe(entries.length);
  });
});
