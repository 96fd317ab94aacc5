// The board as one screen knows it: a pure reducer over snapshots and frames. It must never touch the page, clock or network.
import type { Card, FeedHealth, Health, ScreenMessage, Tiles } from "./protocol";

/** A card with its times read once, because sorting reads them thousands of times. */
export interface Entry {
  readonly card: Card;
  readonly openedMs: number;
  readonly updatedMs: number;
  readonly dueMs: number | null;
}

export interface Board {
  readonly epoch: string;
  readonly seq: number;
  readonly atMs: number;
  readonly entries: ReadonlyMap<string, Entry>;
  readonly tiles: Tiles;
  readonly feeds: readonly FeedHealth[];
  readonly health: Health;
}

export type Verdict =
  | "applied"
  /** A message at or before what the board holds; nothing changed. */
  | "repeated"
  /** Something between is missing, or it belongs to another life of the server: ask for a snapshot. */
  | "gap";

export interface Applied {
  readonly verdict: Verdict;
  readonly board: Board | null;
  /** The whole board was replaced; `added` then holds what the board before did not have. */
  readonly replaced: boolean;
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly gone: readonly string[];
}

export function apply(board: Board | null, message: ScreenMessage): Applied {
  if (message.type === "snapshot") return replace(board, message);
  if (board === null || message.epoch !== board.epoch || message.seq > board.seq + 1) return nothing("gap", board);
  if (message.seq <= board.seq) return nothing("repeated", board);

  const entries = new Map(board.entries);
  const added: string[] = [];
  const changed: string[] = [];
  const gone: string[] = [];
  for (const card of message.cards) {
    const held = entries.get(card.id);
    if (held !== undefined && held.card.version > card.version) continue;
    (held === undefined ? added : changed).push(card.id);
    entries.set(card.id, entryOf(card));
  }
  for (const id of message.gone) if (entries.delete(id)) gone.push(id);
  const isHere = (id: string): boolean => entries.has(id);
  return {
    verdict: "applied",
    board: boardOf(message, entries),
    replaced: false,
    added: gone.length ? added.filter(isHere) : added,
    changed: gone.length ? changed.filter(isHere) : changed,
    gone,
  };
}

export function entryOf(card: Card): Entry {
  return {
    card,
    openedMs: Date.parse(card.opened_at),
    updatedMs: Date.parse(card.updated_at),
    dueMs: card.due_at === null ? null : Date.parse(card.due_at),
  };
}

function replace(board: Board | null, message: ScreenMessage): Applied {
  const entries = new Map(message.cards.map((card) => [card.id, entryOf(card)]));
  const before = board?.entries;
  return {
    verdict: "applied",
    board: boardOf(message, entries),
    replaced: true,
    // On a first board everything is new, so nothing is news.
    added: before === undefined ? [] : [...entries.keys()].filter((id) => !before.has(id)),
    changed: [],
    gone: before === undefined ? [] : [...before.keys()].filter((id) => !entries.has(id)),
  };
}

function boardOf(message: ScreenMessage, entries: ReadonlyMap<string, Entry>): Board {
  return {
    epoch: message.epoch,
    seq: message.seq,
    atMs: Date.parse(message.at),
    entries,
    tiles: message.tiles,
    feeds: message.feeds,
    health: message.health,
  };
}

function nothing(verdict: Verdict, board: Board | null): Applied {
  return { verdict, board, replaced: false, added: [], changed: [], gone: [] };
}
