// Messages for the tests, with what a test does not care about filled in. It must never be imported by a screen.
import type { Card, Frame, Severity, Snapshot } from "../shared/protocol";

export const AT = "2026-11-24T08:00:00Z";

export function card(id: string, rest: Partial<Card> = {}): Card {
  return {
    id, version: 1, status: "dispatched", category: "water_leak", severity: 3 as Severity, title: `title of ${id}`, address: "", district: "140802",
    lon: 111, lat: 35, opened_at: AT, updated_at: AT, report_count: 1, feeds: ["hotline"], lead_bureau: null, due_at: null, overdue: false, ...rest,
  };
}

const common = {
  epoch: "e1",
  at: AT,
  tiles: { live: 0, overdue: 0, by_status: {}, by_severity: {}, by_district: {}, by_feed: {}, opened_today: 0, closed_today: 0 },
  feeds: [],
  health: { broker_down_since: null, store_down_since: null, reconciled_at: AT },
};

export function snapshot(seq: number, cards: Card[], rest: Partial<Snapshot> = {}): Snapshot {
  return { type: "snapshot", ...common, seq, cards, ...rest };
}

export function frame(seq: number, cards: Card[], gone: string[] = [], rest: Partial<Frame> = {}): Frame {
  return { type: "frame", ...common, seq, cards, gone, ...rest };
}
