// The server's clock as this screen can know it. It must never trust the wall PC's own clock for an age or a deadline.

/** A difference beyond this is a clock that was set, not a slow message. */
const JUMP_MS = 5_000;

export class ServerClock {
  #offsetMs = 0;
  #heard = false;

  /** A message is never early, so the largest difference heard is the nearest to the truth. */
  hear(atMs: number, localMs: number = Date.now()): void {
    if (Number.isNaN(atMs)) return;
    const offset = atMs - localMs;
    if (!this.#heard || offset > this.#offsetMs || this.#offsetMs - offset > JUMP_MS) this.#offsetMs = offset;
    this.#heard = true;
  }

  now(localMs: number = Date.now()): number {
    return localMs + this.#offsetMs;
  }
}
