import { describe, expect, it } from "vitest";
import { DEAD_AFTER_MS, LiveLink, liveProtocols, LONGEST_WAIT_MS, type Resume, type Socket, waitMs } from "../shared/live";
import type { ScreenMessage } from "../shared/protocol";
import type { Verdict } from "../shared/store";
import { frame, snapshot } from "./cards";

/** A world with its own clock and sockets, in which a link lives. */
class World {
  nowMs = 0;
  readonly opened: { url: URL; socket: Socket; closed: boolean }[] = [];
  readonly taken: ScreenMessage[] = [];
  resume: Resume | null = null;
  verdict: Verdict = "applied";
  #timers: { at: number; run: () => void }[] = [];
  readonly link = new LiveLink({
    url: () => "ws://wall.test:8081/v1/live",
    protocols: () => ["tongguan.v1"],
    open: (url) => {
      const socket: Socket = { onopen: null, onmessage: null, onclose: null, close: () => undefined };
      const made = { url: new URL(url), closed: false, socket };
      socket.close = () => (made.closed = true);
      this.opened.push(made);
      return made.socket;
    },
    take: (message) => {
      this.taken.push(message);
      return this.verdict;
    },
    resume: () => this.resume,
    now: () => this.nowMs,
    random: () => 1,
    after: (ms, run) => {
      const timer = { at: this.nowMs + ms, run };
      this.#timers.push(timer);
      return () => (this.#timers = this.#timers.filter((other) => other !== timer));
    },
  });

  get last(): { url: URL; socket: Socket; closed: boolean } {
    const last = this.opened.at(-1);
    if (last === undefined) throw new Error("nothing was opened");
    return last;
  }

  say(message: ScreenMessage): void {
    this.last.socket.onmessage?.({ data: JSON.stringify(message) } as MessageEvent);
  }

  drop(): void {
    this.last.socket.onclose?.({} as CloseEvent);
  }

  pass(ms: number): void {
    const end = this.nowMs + ms;
    for (;;) {
      const next = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.nowMs = next.at;
      next.run();
    }
    this.nowMs = end;
  }
}

function started(): World {
  const world = new World();
  world.link.start();
  return world;
}

describe("LiveLink", () => {
  it("asks for a snapshot first, and is open only once something came", () => {
    const world = started();
    expect(world.last.url.search).toBe("");
    expect(world.link.state.phase).toBe("connecting");
    world.say(snapshot(1, []));
    expect(world.link.state).toMatchObject({ phase: "open", lastMessageMs: 0 });
  });

  it("resumes from the last frame after a loss", () => {
    const world = started();
    world.say(snapshot(4, []));
    world.resume = { epoch: "e1", seq: 4 };
    world.drop();
    expect(world.link.state.phase).toBe("waiting");
    world.pass(LONGEST_WAIT_MS);
    expect(world.opened.length).toBe(2);
    expect(world.last.url.search).toBe("?epoch=e1&seq=4");
  });

  it("reconnects at once and without resume after a gap", () => {
    const world = started();
    world.say(snapshot(4, []));
    world.resume = { epoch: "e1", seq: 4 };
    world.verdict = "gap";
    world.say(frame(9, []));
    expect(world.last.closed).toBe(true);
    world.pass(0);
    expect(world.opened.length).toBe(2);
    expect(world.last.url.search).toBe("");
    world.verdict = "applied";
    world.say(snapshot(9, []));
    world.drop();
    world.pass(LONGEST_WAIT_MS);
    expect(world.last.url.search).toBe("?epoch=e1&seq=4");
  });

  it("hangs up on a link that has said nothing for too long", () => {
    const world = started();
    world.say(snapshot(1, []));
    world.pass(DEAD_AFTER_MS + 1);
    expect(world.opened[0]?.closed).toBe(true);
    expect(world.link.state.phase).toBe("waiting");
  });

  it("keeps the time of the first loss over failed tries, and never tries two at once", () => {
    const world = started();
    world.say(snapshot(1, []));
    world.nowMs = 1_000;
    world.drop();
    for (let i = 0; i < 6; i++) {
      world.pass(LONGEST_WAIT_MS);
      world.drop();
    }
    expect(world.link.state.downSinceMs).toBe(1_000);
    expect(world.opened.length).toBe(7);
  });

  it("hears nothing of a socket it has given up", () => {
    const world = started();
    world.say(snapshot(1, []));
    const old = world.last;
    world.drop();
    world.pass(LONGEST_WAIT_MS);
    old.socket.onmessage?.({ data: JSON.stringify(frame(2, [])) } as MessageEvent);
    expect(world.taken.length).toBe(1);
  });

  it("ignores what it cannot read", () => {
    const world = started();
    world.last.socket.onmessage?.({ data: "not json" } as MessageEvent);
    expect(world.taken).toEqual([]);
    expect(world.link.state.phase).toBe("connecting");
  });
});

describe("waitMs", () => {
  it("grows, is spread, and never passes the longest wait", () => {
    expect(waitMs(1, 1)).toBeLessThan(waitMs(3, 1));
    for (const failures of [1, 5, 50, 5_000]) {
      expect(waitMs(failures, 1)).toBeLessThanOrEqual(LONGEST_WAIT_MS);
      expect(waitMs(failures, 0)).toBeGreaterThan(0);
      expect(waitMs(failures, 0)).toBeLessThan(waitMs(failures, 1));
    }
  });
});

describe("liveProtocols", () => {
  it("carries the key in letters that a subprotocol may have", () => {
    expect(liveProtocols(null)).toEqual(["tongguan.v1"]);
    expect(liveProtocols("~~~钥匙?")[1]).toMatch(/^key\.[A-Za-z0-9_-]+$/);
    expect(liveProtocols("abc")[1]).toBe("key.YWJj");
  });
});
