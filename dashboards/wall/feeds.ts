// How each feed is doing: age of its last message, counts, rate. It must never call a feed well that is silent or stands still.
import { ago, count, t, term } from "../shared/i18n";
import type { FeedHealth } from "../shared/protocol";
import type { Board } from "../shared/store";
import { make, say, toggle } from "../shared/dom";
import { BUCKETS, Rate } from "./rate";

const SVG = "http://www.w3.org/2000/svg";

interface Row {
  readonly element: HTMLElement;
  readonly name: HTMLElement;
  readonly age: HTMLElement;
  readonly received: HTMLElement;
  readonly rejected: HTMLElement;
  readonly line: SVGPolylineElement;
}

export class FeedPanel {
  readonly #title = make("h2");
  readonly #note = make("span", "counted");
  readonly #body = make("div", "feeds");
  readonly #empty = make("p", "empty");
  readonly #rows = new Map<string, Row>();
  readonly #rates = new Map<string, Rate>();
  #feeds: readonly FeedHealth[] = [];

  constructor(host: HTMLElement) {
    host.append(make("div", "panel feed-panel", make("div", "panel-head", this.#title, this.#note), this.#body, this.#empty));
  }

  show(board: Board | null, nowMs: number): void {
    this.#feeds = board?.feeds ?? [];
    say(this.#title, t("panel.feeds"));
    say(this.#note, t("feed.rate"));
    this.#empty.hidden = this.#feeds.length > 0;
    say(this.#empty, t(board === null ? "list.waiting" : "feed.none"));
    for (const feed of this.#feeds) {
      const rate = this.#rates.get(feed.feed) ?? new Rate();
      this.#rates.set(feed.feed, rate);
      rate.take(feed.received, nowMs);
    }
    this.tick(nowMs);
  }

  /** Once a second: ages go on even when nothing comes. */
  tick(nowMs: number): void {
    for (const feed of this.#feeds) this.#fill(feed, nowMs);
  }

  #fill(feed: FeedHealth, nowMs: number): void {
    const row = this.#rows.get(feed.feed) ?? this.#add(feed.feed);
    say(row.name, term("feed", feed.feed));
    const age = feed.last_received_at === null ? t("feed.never") : ago(nowMs - Date.parse(feed.last_received_at));
    const stalled = Boolean(feed.stalled_since);
    say(row.age, stalled ? `${t("feed.stalled")} · ${age}` : feed.silent ? `${t("feed.silent")} · ${age}` : age);
    say(row.received, count(feed.received));
    say(row.rejected, feed.rejected > 0 ? `${t("feed.rejected")} ${count(feed.rejected)}` : "");
    toggle(row.element, "silent", feed.silent || stalled);
    toggle(row.element, "never", feed.last_received_at === null);
    const points = polyline(this.#rates.get(feed.feed)?.buckets ?? []);
    if (row.line.getAttribute("points") !== points) row.line.setAttribute("points", points);
  }

  #add(feed: string): Row {
    const line = document.createElementNS(SVG, "polyline");
    const chart = document.createElementNS(SVG, "svg");
    chart.setAttribute("viewBox", "0 0 120 28");
    chart.setAttribute("preserveAspectRatio", "none");
    chart.setAttribute("aria-hidden", "true");
    chart.append(line);
    const [name, age, received, rejected] = [make("strong"), make("span", "feed-age"), make("span", "feed-received"), make("span", "feed-rejected")];
    const element = make("div", "feed", make("i", "lamp"), make("div", "feed-who", name, age), make("div", "feed-counts", received, rejected));
    element.append(chart);
    element.dataset["feed"] = feed;
    this.#body.append(element);
    const row = { element, name, age, received, rejected, line };
    this.#rows.set(feed, row);
    return row;
  }
}

function polyline(buckets: readonly number[]): string {
  const most = Math.max(1, ...buckets);
  const start = BUCKETS - buckets.length;
  return buckets.map((n, i) => `${(((start + i) / (BUCKETS - 1)) * 120).toFixed(1)},${(26 - (n / most) * 24).toFixed(1)}`).join(" ");
}
