// One WebSocket that comes back: resume by epoch and sequence, back-off with jitter. It must never hide that it is down.
import { readMessage, type ScreenMessage } from "./protocol";
import type { Verdict } from "./store";
import type { LinkState } from "./trust";

/** A link that says nothing for this long is dead even when the socket looks open. */
export const DEAD_AFTER_MS = 15_000;
export const LONGEST_WAIT_MS = 5_000;
const SHORTEST_WAIT_MS = 300;

export interface Resume {
  readonly epoch: string;
  readonly seq: number;
}

export interface Socket {
  onopen: ((event: Event) => void) | null;
  onmessage: ((event: MessageEvent) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
  close(): void;
}

export interface LiveOptions {
  readonly url: () => string;
  readonly protocols: () => string[];
  readonly open: (url: string, protocols: string[]) => Socket;
  /** Takes a message in and says what became of it; a gap makes the link ask for a snapshot. */
  readonly take: (message: ScreenMessage) => Verdict;
  /** What to resume from; null asks for a snapshot. */
  readonly resume: () => Resume | null;
  readonly now: () => number;
  readonly random: () => number;
  readonly after: (ms: number, run: () => void) => () => void;
  /** Called when the link was lost, with how many tries failed in a row. */
  readonly lost?: (failures: number) => void;
}

/** Wait before try `failures` (1, 2, …): doubles, capped, spread over its upper half so that a hall of walls does not knock at once. */
export function waitMs(failures: number, random: number): number {
  const ceiling = Math.min(LONGEST_WAIT_MS, SHORTEST_WAIT_MS * 2 ** Math.min(failures, 10));
  return Math.round(ceiling * (0.5 + random * 0.5));
}

export class LiveLink {
  #state: LinkState;
  #socket: Socket | null = null;
  #failures = 0;
  #fresh = false;
  #cancel: (() => void) | null = null;
  #cancelWatch: (() => void) | null = null;
  #closed = false;

  constructor(private readonly options: LiveOptions) {
    this.#state = { phase: "connecting", downSinceMs: options.now(), retryAtMs: 0, resyncing: false, lastMessageMs: null };
  }

  get state(): LinkState {
    return this.#state;
  }

  start(): void {
    const { options } = this;
    this.#cancel = null;
    const socket = options.open(this.#address(), options.protocols());
    this.#socket = socket;
    this.#state = { ...this.#state, phase: "connecting" };
    socket.onmessage = (event) => this.#take(socket, event.data);
    socket.onopen = () => this.#watch(socket);
    socket.onclose = () => this.#lost(socket);
    // A handshake that hangs is as dead as a silent link.
    this.#watch(socket);
  }

  /** Tries at once, for a reader who pressed the button or a network that came back. */
  hurry(): void {
    if (this.#state.phase !== "waiting") return;
    this.#cancel?.();
    this.start();
  }

  stop(): void {
    this.#closed = true;
    this.#cancel?.();
    this.#cancelWatch?.();
    this.#socket?.close();
  }

  #address(): string {
    const url = new URL(this.options.url());
    const resume = this.#fresh ? null : this.options.resume();
    if (resume !== null) {
      url.searchParams.set("epoch", resume.epoch);
      url.searchParams.set("seq", String(resume.seq));
    }
    return url.toString();
  }

  #take(socket: Socket, data: unknown): void {
    if (socket !== this.#socket || typeof data !== "string") return;
    const message = readMessage(data);
    if (message === null) return;
    const verdict = this.options.take(message);
    if (verdict === "gap") {
      this.#fresh = true;
      socket.close();
      this.#lost(socket);
      return;
    }
    this.#fresh = false;
    this.#failures = 0;
    this.#state = { ...this.#state, phase: "open", resyncing: false, lastMessageMs: this.options.now() };
    this.#watch(socket);
  }

  #watch(socket: Socket): void {
    this.#cancelWatch?.();
    this.#cancelWatch = this.options.after(DEAD_AFTER_MS, () => {
      if (socket !== this.#socket) return;
      socket.close();
      this.#lost(socket);
    });
  }

  #lost(socket: Socket): void {
    if (socket !== this.#socket || this.#closed) return;
    this.#socket = null;
    this.#cancelWatch?.();
    const { options } = this;
    const now = options.now();
    const wait = this.#fresh && this.#failures === 0 ? 0 : waitMs(this.#failures + 1, options.random());
    this.#failures += 1;
    const downSinceMs = this.#state.phase === "open" ? now : this.#state.downSinceMs;
    this.#state = { ...this.#state, phase: "waiting", resyncing: this.#fresh, downSinceMs, retryAtMs: now + wait };
    this.#cancel = options.after(wait, () => this.start());
    options.lost?.(this.#failures);
  }
}

/** The key as a WebSocket subprotocol: browsers cannot set headers on a socket. */
export function liveProtocols(key: string | null): string[] {
  if (!key) return ["tongguan.v1"];
  const bytes = new TextEncoder().encode(key);
  const base64 = btoa(String.fromCharCode(...bytes));
  return ["tongguan.v1", `key.${base64.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")}`];
}
