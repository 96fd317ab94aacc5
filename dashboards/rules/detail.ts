// One rule told in plain words, with its past and what it decided. It must never show a rule without its id and place.
import { button, make } from "../shared/dom";
import { count, moment, t, term } from "../shared/i18n";
import type { Entry, Field, RuleDetail, Value } from "./api";
import { entryLabel, keyWord, placeOf, severityOf, valueWord } from "./words";

export interface DetailEvents {
  openFile(file: string, line: number): void;
  /** Follows an id to the rule that it names; null: it names none. */
  follow(id: string): (() => void) | null;
  editable: boolean;
}

/** Keys that the head of the page says already. */
const IN_HEAD = new Set(["id", "name", "why", "zh", "en"]);

export function detailView(detail: RuleDetail, events: DetailEvents): HTMLElement {
  const { rule } = detail;
  const why = detail.fields.find((field) => field.key === "why")?.values[0]?.text ?? "";
  const open = button("primary", t(events.editable ? "detail.edit" : "detail.open"), () => events.openFile(rule.file, rule.line));
  const head = make(
    "header",
    "rule-head",
    make("div", "rule-title", make("h2", "", entryLabel(rule)), make("code", "", rule.id)),
    make("p", "rule-place", placeOf(rule)),
    open,
  );
  const article = make("article", "rule", head);
  if (why && why !== entryLabel(rule)) article.append(make("p", "rule-why", make("span", "label", t("key.why")), why));
  article.append(
    fieldTable(detail.fields.filter((field) => !IN_HEAD.has(field.key)), events),
    decidedSection(detail),
    section(t("detail.text"), make("pre", "written", detail.text)),
    pastSection(detail),
  );
  return article;
}

function fieldTable(fields: readonly Field[], events: DetailEvents): HTMLElement {
  const rows = fields.map((field) => make("div", "field", make("dt", "", keyWord(field.key)), make("dd", "", ...shown(field, events))));
  return make("dl", "fields", ...rows);
}

function shown(field: Field, events: DetailEvents): HTMLElement[] {
  const parts = field.parts.map((part) => partView(part, events));
  return [...field.values.map((value) => chip(field.key, value, events)), ...parts];
}

/** What stands in a key, such as a clause of the duty list: one line when it is short. */
function partView(fields: readonly Field[], events: DetailEvents): HTMLElement {
  if (fields.every((field) => field.parts.length === 0)) {
    const limit = limitOf(fields);
    const rest = fields.filter((field) => limit === null || (field.key !== "amount" && field.key !== "basis"));
    const cells = rest.map((field) =>
      make("span", "cell", ...(field.key ? [make("span", "label", keyWord(field.key))] : []), ...field.values.map((value) => chip(field.key, value, events))),
    );
    return make("div", "part", ...cells, ...(limit === null ? [] : [make("strong", "limit", limit)]));
  }
  return make("div", "part", fieldTable(fields, events));
}

/** `amount` and `basis` belong together: “1 紧急工作时”. */
function limitOf(fields: readonly Field[]): string | null {
  const amount = fields.find((field) => field.key === "amount")?.values[0];
  const basis = fields.find((field) => field.key === "basis")?.values[0];
  return amount && basis ? `${amount.text} ${valueWord("basis", basis)}` : null;
}

function chip(key: string, value: Value, events: DetailEvents): HTMLElement {
  const words = valueWord(key, value);
  const follow = value.name === null ? null : events.follow(value.text);
  const element = follow === null ? make("span", "value", words) : button("value link", words, follow);
  if (value.name !== null && words !== value.text) element.append(make("code", "", value.text));
  return element;
}

function decidedSection(detail: RuleDetail): HTMLElement {
  const { decided } = detail;
  if (decided === null) return make("div", "nothing");
  const now = Date.now();
  const heading = t("detail.decided");
  if (decided.incidents.length === 0) return section(heading, make("p", "quiet", t("detail.decided.none", { n: count(decided.looked_at) })));
  const rows = decided.incidents.map((incident) => {
    const link = make("a", "", incident.title);
    link.href = `/#incident=${encodeURIComponent(incident.id)}`;
    link.target = "_blank";
    link.rel = "noopener";
    const level = make("span", `level sev-${incident.severity}`, severityOf(incident.severity));
    return make("li", "", level, link, make("span", "quiet", term("status", incident.status)), make("time", "quiet", moment(Date.parse(incident.at), now)));
  });
  const told = make("p", "quiet", `${t("detail.decided.count", { n: count(decided.last_24h) })} · ${t("detail.decided.reach", { n: count(decided.looked_at) })}`);
  return section(heading, told, make("ul", "decided", ...rows));
}

function pastSection(detail: RuleDetail): HTMLElement {
  const { wordings } = detail;
  const now = Date.now();
  if (wordings.length === 0) return section(t("detail.past"), make("p", "quiet", t("detail.past.none")));
  const rows = wordings.map((wording, index) => {
    const when = moment(Date.parse(wording.since), now);
    const head = t("detail.past.same", { when, version: wording.version });
    const same = index === 0 && wording.text === detail.text;
    const text = wording.text === null ? make("p", "quiet", t("detail.past.absent")) : make("pre", "written", wording.text);
    return make("li", "", make("p", "", head), ...(same ? [] : [text]));
  });
  return section(t("detail.past"), make("ol", "past", ...rows));
}

function section(title: string, ...children: HTMLElement[]): HTMLElement {
  return make("section", "part-of-rule", make("h3", "", title), ...children);
}

export function entryOfId(items: readonly Entry[], id: string): Entry | null {
  const named = items.filter((entry) => entry.id === id && entry.name !== null);
  return named.find((entry) => entry.section === "categories" || entry.section === "bureaus") ?? named[0] ?? null;
}
