import { describe, expect, it } from "vitest";
import { judge, type LinkState } from "../shared/trust";

const open: LinkState = { phase: "open", downSinceMs: 0, retryAtMs: 0, resyncing: false, lastMessageMs: 100_000 };
const well = { broker_down_since: null, store_down_since: null, reconciled_at: null };
const SERVER = Date.parse("2026-11-24T08:00:00Z");

describe("judge", () => {
  it("is live while messages come and both parts are up", () => {
    expect(judge(open, well, 105_000, SERVER).level).toBe("live");
  });

  it("is stale after ten seconds of silence, and says for how long", () => {
    expect(judge(open, well, 112_500, SERVER)).toEqual({ level: "stale", seconds: 12, parts: [{ part: "messages", seconds: 12 }] });
  });

  it("is stale while a part is down, and names it by the server's clock", () => {
    const health = { ...well, store_down_since: "2026-11-24T07:58:30Z" };
    expect(judge(open, health, 100_500, SERVER)).toEqual({ level: "stale", seconds: 90, parts: [{ part: "store", seconds: 90 }] });
    expect(judge(open, { ...health, broker_down_since: "2026-11-24T07:59:30Z" }, 100_500, SERVER).parts.length).toBe(2);
  });

  it("is stale while a feed stands still, and does not say so twice when no worker is there", () => {
    const health = { ...well, feed_stalled_since: "2026-11-24T07:59:48Z" };
    expect(judge(open, health, 100_500, SERVER).parts).toEqual([{ part: "feed", seconds: 12 }]);
    const alone = { ...health, worker_down_since: "2026-11-24T07:59:47Z" };
    expect(judge(open, alone, 100_500, SERVER).parts).toEqual([{ part: "worker", seconds: 13 }]);
  });

  it("counts an outage from the last message", () => {
    const lost: LinkState = { ...open, phase: "waiting", downSinceMs: 115_000 };
    expect(judge(lost, well, 120_000, SERVER)).toMatchObject({ level: "reconnecting", seconds: 20 });
  });

  it("does not cry over a resync", () => {
    const asking: LinkState = { ...open, phase: "connecting", downSinceMs: 100_200, resyncing: true };
    expect(judge(asking, well, 101_000, SERVER).level).toBe("live");
    expect(judge(asking, well, 102_000, SERVER).level).toBe("reconnecting");
    expect(judge({ ...asking, resyncing: false }, well, 101_000, SERVER).level).toBe("reconnecting");
  });

  it("is never live before the first message", () => {
    expect(judge({ ...open, phase: "open", lastMessageMs: null }, null, 200, SERVER).level).toBe("reconnecting");
  });
});
