// Which incidents pass the filters and in what order. It must never touch the page.
import type { Severity } from "../shared/protocol";
import type { Board, Entry } from "../shared/store";

export interface Filter {
  /** Empty means every severity. */
  readonly severities: ReadonlySet<Severity>;
  readonly district: string | null;
  readonly feed: string | null;
  readonly overdue: boolean;
  /** A handful chosen on the map; null means all. */
  readonly ids: ReadonlySet<string> | null;
}

export type Sort = "newest" | "severest" | "due";

export const NO_FILTER: Filter = { severities: new Set(), district: null, feed: null, overdue: false, ids: null };

export function isFiltering(filter: Filter): boolean {
  return filter.severities.size > 0 || filter.district !== null || filter.feed !== null || filter.overdue || filter.ids !== null;
}

export function matches({ card }: Entry, filter: Filter): boolean {
  if (filter.severities.size > 0 && !filter.severities.has(card.severity)) return false;
  if (filter.district !== null && card.district !== filter.district) return false;
  if (filter.feed !== null && !card.feeds.includes(filter.feed)) return false;
  if (filter.overdue && !card.overdue) return false;
  return filter.ids === null || filter.ids.has(card.id);
}

/** Entries in order. Kept between frames because re-sorting what is nearly in order is almost free. */
export class Ranking {
  #order: Entry[] = [];
  #sort: Sort;
  #accept: (entry: Entry) => boolean;

  constructor(sort: Sort, accept: (entry: Entry) => boolean) {
    this.#sort = sort;
    this.#accept = accept;
  }

  get order(): readonly Entry[] {
    return this.#order;
  }

  set(sort: Sort, accept: (entry: Entry) => boolean): void {
    this.#sort = sort;
    this.#accept = accept;
  }

  update(board: Board | null): void {
    const left = new Map(board?.entries ?? []);
    const next: Entry[] = [];
    for (const old of this.#order) {
      const entry = left.get(old.card.id);
      if (entry === undefined) continue;
      left.delete(old.card.id);
      if (this.#accept(entry)) next.push(entry);
    }
    for (const entry of left.values()) if (this.#accept(entry)) next.push(entry);
    this.#order = next.sort(COMPARE[this.#sort]);
  }
}

function newest(a: Entry, b: Entry): number {
  return b.openedMs - a.openedMs || (a.card.id < b.card.id ? -1 : 1);
}

const COMPARE: Record<Sort, (a: Entry, b: Entry) => number> = {
  newest,
  severest: (a, b) =>
    a.card.severity - b.card.severity || Number(b.card.overdue) - Number(a.card.overdue) || newest(a, b),
  due: (a, b) => (a.dueMs ?? Infinity) - (b.dueMs ?? Infinity) || newest(a, b),
};
