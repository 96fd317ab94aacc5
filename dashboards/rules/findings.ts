// What a check found, in the reader's language. It must never lose a word: what is not known here stays as it was said.
import { currentLanguage } from "../shared/i18n";

const WHAT: Record<string, string> = {
  bureau: "承办单位",
  category: "类别",
  district: "区县",
  family: "归并族",
  rule: "规则",
  route: "派遣规则",
  "deadline rule": "时限规则",
  "fusion rule": "归并规则",
  "severity rule": "等级规则",
  "report of this case": "本用例的上报",
};

/** Sentences of the check, the most telling first; `$1` … are what it names. */
const SENTENCES: readonly (readonly [RegExp, string])[] = [
  [/^no ([\w ]+?) (`[^`]*`)/, "没有{1}$2"],
  [/^no such rule file/, "没有这个规则文件"],
  [/^unknown key (`[^`]*`)/, "不认识的键$1"],
  [/^the file is missing from the city folder/, "文件夹里缺少这个文件"],
  [/^(`[^`]*`) is missing$/, "缺少$1"],
  [/^(`[^`]*`) is empty$/, "$1 是空的"],
  [/^(`[^`]*`) is given twice; first on line (\d+)/, "$1 写了两次，第一次在第 $2 行"],
  [/^the id (`[^`]*`) is given twice/, "编号 $1 重复"],
  [/^(`[^`]*`) is given twice/, "$1 写了两次"],
  [/^(`[^`]*`) is none of (.*?)(?=; did you mean|$)/, "$1 不在可用的词之中：$2"],
  [/^expected a list, got (.*)$/, "这里应为列表，写成了 $1"],
  [/^expected a mapping \(key: value\), got (.*)$/, "这里应为“键: 值”，写成了 $1"],
  [/^expected a text, got an empty one/, "这里应有文字，却是空的"],
  [/^expected a text, got (.*)$/, "这里应为文字，写成了 $1"],
  [/^expected a number, got (.*)$/, "这里应为数字，写成了 $1"],
  [/^expected a whole number, got (.*)$/, "这里应为整数，写成了 $1"],
  [/^expected `true` or `false`, got (.*)$/, "这里应为 true 或 false，写成了 $1"],
  [/^not readable as YAML: (.*)$/, "YAML 格式有误：$1"],
  [/^anchors .*$/, "不能用锚点（&name、*name），请写全"],
  [/^the bureau that leads cannot also assist/, "牵头单位不能同时协办"],
  [/^nobody owns the category (`[^`]*`): no duty and no route names it or its family/, "类别 $1 没有单位负责：职责和派遣规则都没有写到它或它的归并族"],
  [/^the ([\w ]+?) (`[^`]*`) is never reached: nothing in this rulebook meets all it asks for/, "{1}$2 永远用不到：没有什么同时符合它的全部条件"],
  [/^the ([\w ]+?) (`[^`]*`) is never reached: (.*) before it takes? all of it/, "{1}$2 永远用不到：排在它前面的 $3 已全部接走"],
  [/^(`[^`]*`) never reaches the ([\w ]+?) (`[^`]*`): (.*) before it takes? all of it/, "$1 轮不到{2}$3：排在前面的 $4 已全部接走"],
  [/^the severity rule (`[^`]*`) raises nothing: all it applies to is that severe already/, "等级规则 $1 不起作用：它适用的事件本来就是这个等级或更重"],
  [/^(`[^`]*`) is no time$/, "$1 不是时间"],
  [/^(`[^`]*`) is no date.*$/, "$1 不是日期，应如 2026-10-01"],
  [/^the list is empty; leave the key out to mean all/, "列表是空的；不限时请删掉这个键"],
];

const MEANT = /; did you mean (`[^`]*`)\?/;

export function findingWords(message: string): string {
  return currentLanguage() === "zh" ? inChinese(message) : message;
}

export function expectedWords(expected: string): string {
  if (currentLanguage() !== "zh") return expected;
  return expected.replace(/^one of (\d+), such as (.*)$/, "共 $1 个可选，如 $2").replace(/^one of (.*)$/, "以下之一：$1");
}

export function inChinese(message: string): string {
  const meant = MEANT.exec(message);
  const said = message.replace(MEANT, "");
  const suffix = meant === null ? "" : `；是不是想写 ${meant[1]}？`;
  for (const [pattern, words] of SENTENCES) {
    const match = pattern.exec(said);
    if (match === null) continue;
    const told = words
      .replace(/\{(\d)\}/g, (_, n: string) => `${WHAT[match[Number(n)] ?? ""] ?? match[Number(n)]} `)
      .replace(/\$(\d)/g, (_, n: string) => match[Number(n)] ?? "");
    return told + said.slice(match.index + match[0].length) + suffix;
  }
  return message;
}
