// The live list with its filters and order. It must never lose the reader's place when news comes.
import type { City } from "../shared/api";
import { count, named, roman, t, term } from "../shared/i18n";
import { FEEDS, SEVERITIES, type Severity } from "../shared/protocol";
import type { Board, Entry } from "../shared/store";
import { button, make, say, toggle } from "../shared/dom";
import { type Filter, isFiltering, NO_FILTER, type Sort } from "./ranking";
import { createRow, fillRow } from "./row";
import { Rows } from "./rows";

const FRESH_MS = 12_000;

export interface ListEvents {
  readonly open: (id: string) => void;
  readonly filter: (filter: Filter) => void;
  readonly sort: (sort: Sort) => void;
  readonly serverNow: () => number;
}

export class IncidentList {
  readonly rows: Rows;
  readonly #title = make("h2");
  readonly #counted = make("span", "counted");
  readonly #sorts = new Map<Sort, HTMLButtonElement>();
  readonly #levels = new Map<Severity, HTMLButtonElement>();
  readonly #district = make("select");
  readonly #feed = make("select");
  readonly #overdue: HTMLButtonElement;
  readonly #clear: HTMLButtonElement;
  readonly #news: HTMLButtonElement;
  readonly #note = make("p", "list-note");
  readonly #empty = make("p", "empty");
  #filter: Filter = NO_FILTER;
  #city: City | null = null;
  #freshUntil = new Map<string, number>();
  #unseen = new Set<string>();

  constructor(
    host: HTMLElement,
    private readonly events: ListEvents,
  ) {
    this.rows = new Rows(
      { create: createRow, fill: (row, entry) => this.#fill(row, entry), open: events.open },
      "row",
    );
    this.#overdue = button("chip-button", "", () => this.#change({ overdue: !this.#filter.overdue }));
    this.#clear = button("chip-button clear", "", () => events.filter(NO_FILTER));
    this.#news = button("news", "", () => this.rows.toTop());
    this.#news.hidden = true;
    this.rows.onAbove = (n) => this.#seen(n);
    host.append(this.#head(), this.#filters(), make("div", "rows-frame", this.rows.element, this.#news, this.#empty), this.#note);
  }

  setCity(city: City): void {
    this.#city = city;
    this.say();
  }

  /** New ids, told before `show`, so that their rows can say so. */
  announce(ids: readonly string[]): void {
    const until = performance.now() + FRESH_MS;
    for (const id of ids) this.#freshUntil.set(id, until);
    for (const [id, end] of this.#freshUntil) if (end < performance.now()) this.#freshUntil.delete(id);
    if (this.rows.element.scrollTop > 0) for (const id of ids) this.#unseen.add(id);
  }

  show(order: readonly Entry[], board: Board | null, filter: Filter, sort: Sort): void {
    this.#filter = filter;
    this.rows.show(order);
    const cards = board?.entries.size ?? 0;
    const undrawn = (board?.tiles.live ?? 0) - cards;
    say(this.#counted, t("list.count", { shown: count(order.length), all: count(board?.tiles.live ?? 0) }));
    const note = isFiltering(filter) ? "list.filtered" : "list.undrawn";
    say(this.#note, undrawn > 0 ? t(note, { n: count(undrawn), cards: count(cards) }) : "");
    this.#empty.hidden = order.length > 0;
    say(this.#empty, t(board === null ? "list.waiting" : isFiltering(filter) ? "list.nomatch" : "list.empty"));
    for (const [key, element] of this.#sorts) element.setAttribute("aria-pressed", String(key === sort));
    for (const [key, element] of this.#levels) element.setAttribute("aria-pressed", String(filter.severities.has(key)));
    this.#overdue.setAttribute("aria-pressed", String(filter.overdue));
    this.#clear.hidden = !isFiltering(filter);
    if (this.#district.value !== (filter.district ?? "")) this.#district.value = filter.district ?? "";
    if (this.#feed.value !== (filter.feed ?? "")) this.#feed.value = filter.feed ?? "";
  }

  /** Words in the reader's language. */
  say(): void {
    say(this.#title, t("panel.list"));
    for (const [key, element] of this.#sorts) say(element, key === "newest" ? t("sort.newest") : t("sort.severest"));
    for (const [key, element] of this.#levels) element.title = `${t("filter.severity")}: ${term("severity", key)}`;
    say(this.#overdue, t("filter.overdue"));
    say(this.#clear, t("filter.clear"));
    this.rows.element.setAttribute("aria-label", t("panel.list"));
    const districts = (this.#city?.districts ?? []).map(({ code, name }) => [code, named(name, code)] as const);
    choose(this.#district, t("filter.district"), districts, this.#filter.district);
    choose(this.#feed, t("filter.feed"), FEEDS.map((feed) => [feed, term("feed", feed)] as const), this.#filter.feed);
    this.rows.refresh();
  }

  #fill(row: HTMLElement, entry: Entry): void {
    const fresh = (this.#freshUntil.get(entry.card.id) ?? 0) > performance.now();
    fillRow(row, entry, this.#city, this.events.serverNow(), fresh);
  }

  #head(): HTMLElement {
    const sorts = make("div", "switch");
    for (const sort of ["newest", "severest"] as const) {
      const element = button("", "", () => this.events.sort(sort));
      this.#sorts.set(sort, element);
      sorts.append(element);
    }
    return make("div", "panel-head", this.#title, this.#counted, sorts);
  }

  #filters(): HTMLElement {
    const levels = make("div", "levels");
    for (const severity of SEVERITIES) {
      const element = button(`level-button sev-${severity}`, roman(severity), () => this.#flip(severity));
      this.#levels.set(severity, element);
      levels.append(element);
    }
    this.#district.addEventListener("change", () => this.#change({ district: this.#district.value || null }));
    this.#feed.addEventListener("change", () => this.#change({ feed: this.#feed.value || null }));
    this.#district.dataset["filter"] = "district";
    this.#feed.dataset["filter"] = "feed";
    return make("div", "filters", levels, this.#district, this.#feed, this.#overdue, this.#clear);
  }

  #flip(severity: Severity): void {
    const severities = new Set(this.#filter.severities);
    if (!severities.delete(severity)) severities.add(severity);
    this.#change({ severities });
  }

  #change(part: Partial<Filter>): void {
    this.events.filter({ ...this.#filter, ...part });
  }

  #seen(above: number): void {
    if (above === 0) this.#unseen.clear();
    this.#news.hidden = this.#unseen.size === 0;
    toggle(this.#news, "shown", this.#unseen.size > 0);
    say(this.#news, t("list.fresh", { n: this.#unseen.size }));
  }
}

function choose(select: HTMLSelectElement, all: string, items: readonly (readonly [string, string])[], chosen: string | null): void {
  select.setAttribute("aria-label", all);
  select.replaceChildren(...[["", all] as const, ...items].map(([value, text]) => new Option(text, value, false, value === (chosen ?? ""))));
}
