// The messages of the live channel, mirroring hub/vocabulary/changes.py. It must never hold behaviour beyond reading them.

export type Severity = 1 | 2 | 3 | 4;

/** Nobody was sent for it yet: by which rule, who answers for it, until when. */
export interface Muted {
  rule: string;
  owner: string;
  until: string;
}

export interface Card {
  id: string;
  version: number;
  status: string;
  category: string;
  severity: Severity;
  title: string;
  address: string;
  district: string | null;
  lon: number | null;
  lat: number | null;
  opened_at: string;
  updated_at: string;
  report_count: number;
  feeds: readonly string[];
  lead_bureau: string | null;
  due_at: string | null;
  overdue: boolean;
  muted?: Muted | null;
  /** The gravest that supervision has raised: reminder, supervision, yellow, red or escalate. */
  raised?: string | null;
}

export interface FeedHealth {
  feed: string;
  last_received_at: string | null;
  received: number;
  rejected: number;
  silent: boolean;
  stalled_since?: string | null;
}

export interface Tiles {
  live: number;
  overdue: number;
  by_status: Record<string, number>;
  by_severity: Record<string, number>;
  by_district: Record<string, number>;
  by_feed: Record<string, number>;
  opened_today: number;
  closed_today: number;
}

export interface Health {
  broker_down_since: string | null;
  store_down_since: string | null;
  worker_down_since?: string | null;
  feed_stalled_since?: string | null;
  reconciled_at: string | null;
}

interface Message {
  epoch: string;
  seq: number;
  at: string;
  cards: readonly Card[];
  tiles: Tiles;
  feeds: readonly FeedHealth[];
  health: Health;
}

export interface Snapshot extends Message {
  type: "snapshot";
}

export interface Frame extends Message {
  type: "frame";
  gone: readonly string[];
}

export type ScreenMessage = Snapshot | Frame;

/** Reads one message; null when it is none that this screen knows, so that a newer server cannot break an older screen. */
export function readMessage(text: string): ScreenMessage | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null) return null;
  const message = value as Partial<ScreenMessage>;
  if (message.type !== "snapshot" && message.type !== "frame") return null;
  if (typeof message.epoch !== "string" || typeof message.seq !== "number") return null;
  if (!Array.isArray(message.cards) || typeof message.tiles !== "object") return null;
  return message as ScreenMessage;
}

/** Severity counts come keyed by number or by Roman numeral. */
export function severityCount(counts: Record<string, number>, severity: Severity): number {
  return counts[String(severity)] ?? counts[["I", "II", "III", "IV"][severity - 1] ?? ""] ?? 0;
}

export const SEVERITIES: readonly Severity[] = [1, 2, 3, 4];
export const LIVE_STATUSES: readonly string[] = ["open", "dispatched", "handling", "verifying"];
export const FEEDS: readonly string[] = [
  "hotline", "grid", "traffic", "emergency", "medical", "city", "video", "open311",
];
