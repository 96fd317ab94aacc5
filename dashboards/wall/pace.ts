// When the page draws: as soon as it is asked to, but never so often that a slow PC has no time for its operator.

/** Longest wait between two drawings, however slow they are. */
const LONGEST_WAIT_MS = 1_000;

export interface Ticks {
  readonly now: () => number;
  readonly frame: (run: () => void) => void;
  readonly after: (ms: number, run: () => void) => void;
}

const BROWSER: Ticks = {
  now: () => performance.now(),
  frame: (run) => void requestAnimationFrame(run),
  after: (ms, run) => void setTimeout(run, ms),
};

export class DrawPace {
  #asked = false;
  #beganMs = -Infinity;
  /** From the beginning of the last drawing to the next frame: script, layout and painting. */
  #tookMs = 0;

  constructor(
    private readonly draw: () => void,
    private readonly ticks: Ticks = BROWSER,
  ) {}

  /** Draws in the next frame; after a slow drawing, when as much time has passed as it took. */
  ask(): void {
    if (this.#asked) return;
    this.#asked = true;
    const { ticks } = this;
    const wait = Math.min(LONGEST_WAIT_MS, this.#beganMs + 2 * this.#tookMs - ticks.now());
    if (wait > 0) ticks.after(wait, () => ticks.frame(() => this.#run()));
    else ticks.frame(() => this.#run());
  }

  #run(): void {
    const { ticks } = this;
    this.#asked = false;
    this.#beganMs = ticks.now();
    this.draw();
    ticks.frame(() => (this.#tookMs = ticks.now() - this.#beganMs));
  }
}
