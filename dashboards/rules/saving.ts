// Saves a file as it is written, one saving at a time. It must never lose a text, nor overwrite one that nobody here saw.
import { ApiProblem } from "../shared/api";

export type SaveState =
  | { kind: "saved" }
  | { kind: "waiting" }
  | { kind: "saving" }
  | { kind: "failed"; detail: string }
  | { kind: "conflict" }
  | { kind: "gone" };

export interface SaverDeps {
  send(text: string | null, revision: number): Promise<{ revision: number }>;
  told(state: SaveState): void;
  /** Runs a job later; returns how to call it off. */
  later(job: () => void, ms: number): () => void;
}

const PAUSE_MS = 700;
const AGAIN_MS = 3_000;

/** Keeps one file of a draft in step with the server. */
export class Saver {
  #state: SaveState = { kind: "saved" };
  #kept: string | null;
  #wanted: string | null;
  #sending = false;
  #callOff: (() => void) | null = null;

  constructor(
    readonly deps: SaverDeps,
    text: string | null,
    public revision: number,
  ) {
    this.#kept = text;
    this.#wanted = text;
  }

  get state(): SaveState {
    return this.#state;
  }

  get dirty(): boolean {
    return this.#wanted !== this.#kept;
  }

  write(text: string | null): void {
    this.#wanted = text;
    if (this.#state.kind === "conflict" || this.#state.kind === "gone") return;
    if (!this.dirty && !this.#sending) this.#say({ kind: "saved" });
    else if (!this.#sending) this.#wait(PAUSE_MS, { kind: "waiting" });
  }

  /** Saves now what waits; resolves when it is kept or cannot be. */
  async flush(): Promise<boolean> {
    this.#callOff?.();
    this.#callOff = null;
    if (!this.dirty) return this.#state.kind === "saved";
    if (this.#sending || this.#state.kind === "conflict" || this.#state.kind === "gone") return false;
    const text = this.#wanted;
    this.#sending = true;
    this.#say({ kind: "saving" });
    try {
      this.revision = (await this.deps.send(text, this.revision)).revision;
      this.#kept = text;
    } catch (error) {
      this.#sending = false;
      this.#fail(error);
      return false;
    }
    this.#sending = false;
    // What was typed while it was on its way is saved next.
    if (this.dirty) return this.flush();
    this.#say({ kind: "saved" });
    return true;
  }

  /** The author chose, having seen that somebody else saved: their text as the next revision, or the other's. */
  overwrite(seen: number): Promise<boolean> {
    this.revision = seen;
    this.#state = { kind: "waiting" };
    return this.flush();
  }

  adopt(text: string | null, revision: number): void {
    this.#callOff?.();
    this.#kept = text;
    this.#wanted = text;
    this.revision = revision;
    this.#say({ kind: "saved" });
  }

  stop(): void {
    this.#callOff?.();
  }

  #fail(error: unknown): void {
    if (error instanceof ApiProblem && error.status === 409) this.#say({ kind: "conflict" });
    else if (error instanceof ApiProblem && error.status === 404) this.#say({ kind: "gone" });
    else this.#wait(AGAIN_MS, { kind: "failed", detail: error instanceof ApiProblem ? error.detail : "" });
  }

  #wait(ms: number, state: SaveState): void {
    this.#callOff?.();
    this.#callOff = this.deps.later(() => void this.flush(), ms);
    this.#say(state);
  }

  #say(state: SaveState): void {
    this.#state = state;
    this.deps.told(state);
  }
}
