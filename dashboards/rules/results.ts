// What check, cases and changes of a draft tell. It must never be shorter than what went wrong.
import { button, make } from "../shared/dom";
import { currentLanguage, t } from "../shared/i18n";
import { wordOf } from "../shared/words";
import { expectedWords, findingWords } from "./findings";
import type { Case, Checked, Difference, FileChange, Finding, Tested } from "./api";

export type Jump = (file: string, line: number, column?: number) => void;

const SHOWN = 500;

export function findingsView(checked: Checked, jump: Jump): HTMLElement {
  const clean = checked.findings.length === 0;
  const head = clean ? [make("p", "good", t("find.none", { categories: checked.categories, rules: checked.rules }))] : [];
  const rows = checked.findings.map((finding) => make("li", "", findingRow(finding, "finding", jump)));
  const more = checked.findings.length >= SHOWN ? [make("p", "quiet", t("find.many", { n: SHOWN }))] : [];
  const warnings = checked.warnings.map((finding) => make("li", "", findingRow(finding, "finding warning", jump)));
  const warned = warnings.length > 0 ? [make("h3", "", t("find.warnings", { n: warnings.length })), make("ul", "findings", ...warnings)] : [];
  return make("div", "results", ...head, make("ul", "findings", ...rows), ...more, ...warned);
}

function findingRow(finding: Finding, className: string, jump: Jump): HTMLElement {
  const { file, line, column } = finding;
  const row = button(className, "", () => jump(file, line, column));
  row.append(make("strong", "", findingWords(finding.message)), make("span", "quiet", t("find.where", { file, line, column })));
  const lines = finding.told.split("\n").slice(1).filter((one) => !one.startsWith("  expected:"));
  if (lines.length > 0) row.append(make("pre", "written", lines.join("\n")));
  if (finding.expected) row.append(make("span", "", t("find.expected", { expected: expectedWords(finding.expected) })));
  return row;
}

/** The name behind an id; the id itself when it has none. */
export type NameOf = (id: string) => string;

export function casesView(tested: Tested, jump: Jump, nameOf: NameOf): HTMLElement {
  const failed = tested.cases.filter((one) => one.differences.length > 0);
  const passed = tested.cases.filter((one) => one.differences.length === 0);
  const told = make("p", failed.length > 0 ? "bad" : "good", t("case.all", { n: tested.cases.length, failed: failed.length }));
  const good = make("details", "", make("summary", "", `${t("case.passed")} ${passed.length}`), make("ul", "", ...passed.map((one) => make("li", "", caseHead(one, jump)))));
  return make("div", "results", told, ...failed.map((one) => caseView(one, jump, nameOf)), good, untouchedView(tested));
}

function caseView(one: Case, jump: Jump, nameOf: NameOf): HTMLElement {
  return make("article", "case", caseHead(one, jump), ...one.differences.map((difference) => differenceView(difference, nameOf)));
}

function caseHead(one: Case, jump: Jump): HTMLElement {
  const head = button("case-head", "", () => jump(one.file, one.line));
  const bad = one.differences.length > 0;
  head.append(make("span", bad ? "badge bad" : "badge good", t(bad ? "case.failed" : "case.passed")), make("strong", "", one.why), make("code", "", `${one.file}:${one.line} ${one.id}`));
  return head;
}

function differenceView(difference: Difference, nameOf: NameOf): HTMLElement {
  const named = (value: string): string => value.split(", ").map(nameOf).join("、");
  const rows = [
    make("div", "diff-line minus", make("span", "label", t("case.expected")), make("span", "", named(difference.expected))),
    make("div", "diff-line plus", make("span", "label", t("case.got")), make("span", "", named(difference.got))),
    ...(difference.because ?? []).map((because) => make("p", "quiet", because)),
  ];
  const field = wordOf(`case.field.${difference.field}`, currentLanguage()) ?? difference.field;
  return make("div", "difference", make("p", "", make("strong", "", field), make("span", "quiet", t("case.reports", { names: difference.of.join(", ") }))), ...rows);
}

function untouchedView(tested: Tested): HTMLElement {
  const all = Object.entries(tested.untouched);
  const n = all.reduce((sum, [, rules]) => sum + rules.length, 0);
  const lists = all.map(([file, rules]) => make("p", "", make("strong", "", `${file} `), make("span", "quiet", rules.join("、"))));
  return make("details", "", make("summary", "", t("case.untouched", { n })), ...lists);
}

export function changesView(files: readonly FileChange[]): HTMLElement {
  if (files.length === 0) return make("div", "results", make("p", "quiet", t("change.none")));
  return make("div", "results", ...files.map(changeView));
}

export function changeView(change: FileChange): HTMLElement {
  const count = t("change.count", { added: change.added, removed: change.removed });
  const lines = change.diff.split("\n").map((line) => make("span", lineClass(line), `${line}\n`));
  return make("article", "change", make("p", "", make("strong", "", change.file), make("span", "quiet", count)), make("pre", "written diff", ...lines));
}

function lineClass(line: string): string {
  if (line.startsWith("@@")) return "hunk";
  if (line.startsWith("+")) return "plus";
  return line.startsWith("-") ? "minus" : "";
}
