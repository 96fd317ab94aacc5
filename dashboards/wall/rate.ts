// How many messages a feed sent lately, from its running count. It must never guess what it did not see.

const BUCKET_MS = 10_000;
export const BUCKETS = 30;

/** Messages in each ten seconds, from the running counts; starts empty, so it never draws what it did not see. */
export class Rate {
  #last: number | null = null;
  #buckets: number[] = [];
  #bucket = 0;

  take(received: number, nowMs: number): void {
    const bucket = Math.floor(nowMs / BUCKET_MS);
    if (this.#last === null || received < this.#last) {
      this.#last = received;
      this.#bucket = bucket;
      this.#buckets = [0];
      return;
    }
    for (; this.#bucket < bucket; this.#bucket += 1) this.#buckets.push(0);
    this.#buckets = this.#buckets.slice(-BUCKETS);
    this.#buckets[this.#buckets.length - 1] = (this.#buckets.at(-1) ?? 0) + received - this.#last;
    this.#last = received;
  }

  get buckets(): readonly number[] {
    return this.#buckets;
  }
}
