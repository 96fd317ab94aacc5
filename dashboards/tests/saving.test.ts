import { describe, expect, it } from "vitest";
import { Saver, type SaveState } from "../rules/saving";
import { ApiProblem } from "../shared/api";

/** A server that keeps one text, and a clock that runs when told to. */
class Desk {
  text: string | null = "a";
  revision = 0;
  readonly states: string[] = [];
  failures: ApiProblem[] = [];
  sent = 0;
  #waiting: (() => void) | null = null;
  readonly saver: Saver;

  constructor() {
    this.saver = new Saver(
      {
        send: async (text, revision) => {
          this.sent += 1;
          const failure = this.failures.shift();
          if (failure) throw failure;
          if (revision !== this.revision) throw new ApiProblem(409, "changed");
          this.text = text;
          this.revision += 1;
          return { revision: this.revision };
        },
        told: (state: SaveState) => this.states.push(state.kind),
        later: (job) => {
          this.#waiting = job;
          return () => (this.#waiting = null);
        },
      },
      "a",
      0,
    );
  }

  async pause(): Promise<void> {
    const job = this.#waiting;
    this.#waiting = null;
    job?.();
    for (let n = 0; n < 10; n += 1) await Promise.resolve();
  }
}

describe("Saver", () => {
  it("saves what was typed once the author pauses", async () => {
    const desk = new Desk();
    desk.saver.write("ab");
    desk.saver.write("abc");
    expect(desk.saver.dirty).toBe(true);
    await desk.pause();
    expect([desk.text, desk.revision, desk.sent, desk.saver.dirty]).toEqual(["abc", 1, 1, false]);
    expect(desk.states.at(-1)).toBe("saved");
  });

  it("saves what is typed while a saving is on its way", async () => {
    const desk = new Desk();
    desk.saver.write("ab");
    const flushed = desk.saver.flush();
    desk.saver.write("abc");
    expect(await flushed).toBe(true);
    expect([desk.text, desk.revision]).toEqual(["abc", 2]);
  });

  it("tries again after a failure, with the newest text", async () => {
    const desk = new Desk();
    desk.failures = [new ApiProblem(503, "away")];
    desk.saver.write("ab");
    await desk.pause();
    expect(desk.states.at(-1)).toBe("failed");
    desk.saver.write("abc");
    await desk.pause();
    expect([desk.text, desk.saver.dirty]).toEqual(["abc", false]);
  });

  it("stops at a conflict, keeps the text, and overwrites only when told to", async () => {
    const desk = new Desk();
    desk.text = "theirs";
    desk.revision = 5;
    desk.saver.write("mine");
    await desk.pause();
    expect([desk.text, desk.states.at(-1), desk.saver.dirty]).toEqual(["theirs", "conflict", true]);
    desk.saver.write("mine, more");
    await desk.pause();
    expect(desk.text).toBe("theirs");
    expect(await desk.saver.overwrite(5)).toBe(true);
    expect([desk.text, desk.revision]).toEqual(["mine, more", 6]);
  });

  it("takes the other's text and saves on from there", async () => {
    const desk = new Desk();
    desk.text = "theirs";
    desk.revision = 5;
    desk.saver.write("mine");
    await desk.pause();
    desk.saver.adopt("theirs", 5);
    expect(desk.saver.dirty).toBe(false);
    desk.saver.write("theirs, more");
    await desk.pause();
    expect([desk.text, desk.revision]).toEqual(["theirs, more", 6]);
  });

  it("says that the draft is gone and sends no more", async () => {
    const desk = new Desk();
    desk.failures = [new ApiProblem(404, "gone")];
    desk.saver.write("ab");
    await desk.pause();
    expect(desk.states.at(-1)).toBe("gone");
    desk.saver.write("abc");
    await desk.pause();
    expect(desk.sent).toBe(1);
  });

  it("calls a text that was typed back to what it was saved", async () => {
    const desk = new Desk();
    desk.saver.write("ab");
    desk.saver.write("a");
    expect([desk.saver.dirty, desk.states.at(-1)]).toEqual([false, "saved"]);
    await desk.pause();
    expect(desk.sent).toBe(0);
  });
});
