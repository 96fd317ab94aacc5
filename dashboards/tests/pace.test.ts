import { describe, expect, it } from "vitest";
import { DrawPace } from "../wall/pace";

/** A browser whose every frame takes so long. */
function page(frameMs: number): { pace: DrawPace; run: (untilMs: number, everyMs: number) => number[] } {
  let now = 0;
  let frames: (() => void)[] = [];
  let timers: { at: number; run: () => void }[] = [];
  const drawn: number[] = [];
  const pace = new DrawPace(() => drawn.push(now), { now: () => now, frame: (run) => frames.push(run), after: (ms, run) => timers.push({ at: now + ms, run }) });
  const run = (untilMs: number, everyMs: number): number[] => {
    for (let asked = 0; now < untilMs; now += frameMs) {
      if (now >= asked) {
        pace.ask();
        asked += everyMs;
      }
      const due = timers.filter(({ at }) => at <= now);
      timers = timers.filter(({ at }) => at > now);
      for (const timer of due) timer.run();
      const now_frames = frames;
      frames = [];
      for (const frame of now_frames) frame();
    }
    return drawn;
  };
  return { pace, run };
}

describe("DrawPace", () => {
  it("draws each time it is asked while drawing is quick", () => {
    expect(page(16).run(1_000, 100).length).toBeGreaterThanOrEqual(9);
  });

  it("leaves a slow page as much time as its drawing took", () => {
    const drawn = page(120).run(6_000, 100);
    expect(drawn.length).toBeLessThanOrEqual(26);
    expect(drawn.length).toBeGreaterThanOrEqual(12);
  });

  it("never stops drawing", () => {
    expect(page(3_000).run(60_000, 100).length).toBeGreaterThanOrEqual(8);
  });
});
