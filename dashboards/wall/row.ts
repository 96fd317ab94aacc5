// One incident as a row of a list. It must never set markup: titles are other people's text.
import type { City } from "../shared/api";
import { ago, dueWords, named, reportsIn, roman, term } from "../shared/i18n";
import type { Entry } from "../shared/store";
import { make, say, toggle } from "../shared/dom";
import { districtName } from "./map";

interface Cells {
  readonly level: HTMLElement;
  readonly title: HTMLElement;
  readonly place: HTMLElement;
  readonly status: HTMLElement;
  readonly raised: HTMLElement;
  readonly reports: HTMLElement;
  readonly age: HTMLElement;
  readonly due: HTMLElement;
}

const cellsOf = new WeakMap<HTMLElement, Cells>();

export function createRow(): HTMLElement {
  const cells: Cells = {
    level: make("span", "level"),
    title: make("span", "row-title"),
    place: make("span", "row-place"),
    status: make("span", "chip"),
    raised: make("span", "chip raised"),
    reports: make("span", "row-reports"),
    age: make("span", "row-age"),
    due: make("span", "row-due"),
  };
  const foot = make("span", "row-foot", cells.status, cells.raised, cells.reports, cells.age, cells.due);
  const row = make("div", "row", cells.level, make("span", "row-body", cells.title, cells.place, foot));
  cellsOf.set(row, cells);
  return row;
}

export function fillRow(row: HTMLElement, entry: Entry, city: City | null, nowMs: number, fresh: boolean): void {
  const cells = cellsOf.get(row);
  if (cells === undefined) return;
  const { card } = entry;
  const due = dueWords(entry.dueMs, nowMs);
  const severity = String(card.severity);
  if (row.dataset["severity"] !== severity) row.dataset["severity"] = severity;
  toggle(row, "fresh", fresh);
  say(cells.level, roman(card.severity));
  cells.level.setAttribute("aria-label", term("severity", card.severity));
  say(cells.title, card.title);
  const category = named(city?.categories[card.category]?.name, card.category);
  const bureau = card.lead_bureau ? named(city?.bureaus[card.lead_bureau]?.name, card.lead_bureau) : "";
  say(cells.place, [districtName(city, card.district), category, bureau].filter(Boolean).join(" · "));
  const status = card.muted ? "muted" : card.status;
  say(cells.status, term("status", status));
  cells.status.dataset["status"] = status;
  say(cells.raised, card.raised ? term("raised", card.raised) : "");
  cells.raised.hidden = !card.raised;
  cells.raised.dataset["raised"] = card.raised ?? "";
  say(cells.reports, card.report_count !== 1 ? reportsIn(card.report_count) : card.feeds.map((feed) => term("feed", feed)).join(" "));
  toggle(cells.reports, "many", card.report_count > 1);
  say(cells.age, ago(nowMs - entry.openedMs));
  say(cells.due, entry.dueMs === null ? "" : due.text);
  toggle(cells.due, "over", card.overdue || due.over);
  toggle(cells.due, "soon", !due.over && entry.dueMs !== null && entry.dueMs - nowMs < 30 * 60_000);
}
