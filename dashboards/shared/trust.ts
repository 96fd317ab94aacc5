// Whether what the screen shows can be believed, and if not, which part and since when. It must never look more sure than it is.
import type { Health } from "./protocol";

/** Silence after which the screen calls itself stale; the server speaks at least every five seconds. */
export const STALE_AFTER_MS = 10_000;

/** Asking for a new snapshot takes a moment; within this nothing on screen is older than usual. */
export const GRACE_MS = 1_500;

export interface LinkState {
  readonly phase: "connecting" | "open" | "waiting";
  /** When the link was lost or first tried, local clock. */
  readonly downSinceMs: number;
  /** When it is tried next; only while waiting. */
  readonly retryAtMs: number;
  /** It was us who hung up, to get a snapshot after a gap. */
  readonly resyncing: boolean;
  /** When the last message came; null before the first. */
  readonly lastMessageMs: number | null;
}

export type Part = "broker" | "store" | "worker" | "feed" | "messages";

export interface Trust {
  readonly level: "live" | "reconnecting" | "stale";
  /** Seconds it has been so; 0 when live. */
  readonly seconds: number;
  readonly parts: readonly { readonly part: Part; readonly seconds: number }[];
}

const LIVE: Trust = { level: "live", seconds: 0, parts: [] };

/** `nowMs` is the local clock, `serverNowMs` the server's: the health times are the server's. */
export function judge(link: LinkState, health: Health | null, nowMs: number, serverNowMs: number): Trust {
  if (link.phase !== "open" || link.lastMessageMs === null) {
    if (link.resyncing && link.lastMessageMs !== null && nowMs - link.lastMessageMs < GRACE_MS) return LIVE;
    const silent = link.lastMessageMs ?? link.downSinceMs;
    return { level: "reconnecting", seconds: wholeSeconds(nowMs - Math.min(link.downSinceMs, silent)), parts: [] };
  }
  const parts: { part: Part; seconds: number }[] = [];
  const silence = nowMs - link.lastMessageMs;
  if (silence > STALE_AFTER_MS) parts.push({ part: "messages", seconds: wholeSeconds(silence) });
  const since = { broker: health?.broker_down_since, store: health?.store_down_since, worker: health?.worker_down_since, feed: health?.feed_stalled_since };
  // Without a worker every feed stands still: one reason is enough.
  if (since.worker) since.feed = null;
  for (const part of ["broker", "store", "worker", "feed"] as const) {
    const moment = since[part];
    if (moment) parts.push({ part, seconds: wholeSeconds(serverNowMs - Date.parse(moment)) });
  }
  if (parts.length === 0) return LIVE;
  return { level: "stale", seconds: Math.max(...parts.map((item) => item.seconds)), parts };
}

function wholeSeconds(ms: number): number {
  return Math.max(0, Math.floor(ms / 1000));
}
