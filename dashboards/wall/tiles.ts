// The figures at the side: tiles, severities, statuses, districts. It must never count by itself what the hub has counted.
import { count, roman, t, term } from "../shared/i18n";
import { LIVE_STATUSES, SEVERITIES, type Severity, severityCount } from "../shared/protocol";
import type { Board } from "../shared/store";
import { make, say, toggle } from "../shared/dom";

export interface TileEvents {
  readonly severity: (severity: Severity) => void;
  readonly overdue: () => void;
  readonly district: (code: string) => void;
}

type TileName = "live" | "overdue" | "opened" | "closed";

interface Bar {
  readonly label: HTMLElement;
  readonly fill: HTMLElement;
  readonly number: HTMLElement;
}

export class TilePanel {
  readonly #tiles = new Map<TileName, { label: HTMLElement; number: HTMLElement; note: HTMLElement }>();
  readonly #severities = new Map<Severity, Bar>();
  readonly #statuses = new Map<string, { segment: HTMLElement; label: HTMLElement; number: HTMLElement }>();
  readonly #titles = { severity: make("h2"), status: make("h2") };

  constructor(
    host: HTMLElement,
    private readonly events: TileEvents,
  ) {
    host.append(this.#buildTiles(), this.#buildSeverities(), this.#buildStatuses());
  }

  show(board: Board | null): void {
    const tiles = board?.tiles;
    say(this.#titles.severity, t("panel.severity"));
    say(this.#titles.status, t("panel.status"));
    const values: Record<TileName, number | undefined> = { live: tiles?.live, overdue: tiles?.overdue, opened: tiles?.opened_today, closed: tiles?.closed_today };
    for (const [name, tile] of this.#tiles) {
      const value = values[name];
      say(tile.label, t(`tile.${name}`));
      say(tile.number, value === undefined ? "–" : count(value));
    }
    const live = tiles?.live ?? 0;
    const overdue = this.#tiles.get("overdue");
    if (overdue) {
      say(overdue.note, live > 0 && tiles?.overdue ? t("tile.rate", { percent: percent(tiles?.overdue ?? 0, live) }) : "");
      toggle(overdue.number, "alarm", (tiles?.overdue ?? 0) > 0);
    }
    const bySeverity = SEVERITIES.map((severity) => severityCount(tiles?.by_severity ?? {}, severity));
    SEVERITIES.forEach((severity, index) => this.#showBar(severity, bySeverity[index] ?? 0, Math.max(1, ...bySeverity)));
    const byStatus = tiles?.by_status ?? {};
    const sum = Math.max(1, LIVE_STATUSES.reduce((total, status) => total + (byStatus[status] ?? 0), 0));
    for (const [status, { segment, label, number }] of this.#statuses) {
      const n = byStatus[status] ?? 0;
      segment.style.flexGrow = String(n / sum);
      say(label, term("status", status));
      say(number, count(n));
    }
  }

  #showBar(severity: Severity, n: number, most: number): void {
    const bar = this.#severities.get(severity);
    if (bar === undefined) return;
    say(bar.label, `${roman(severity)} ${term("severity", severity)}`);
    say(bar.number, count(n));
    bar.fill.style.transform = `scaleX(${n === 0 ? 0 : Math.max(0.01, n / most)})`;
  }

  #buildTiles(): HTMLElement {
    const grid = make("div", "tiles");
    for (const name of ["live", "overdue", "opened", "closed"] as const) {
      const tile = { label: make("span", "tile-label"), number: make("strong", "tile-number"), note: make("span", "tile-note") };
      const element = make(name === "overdue" ? "button" : "div", `panel tile tile-${name}`, tile.label, tile.number, tile.note);
      if (name === "overdue") element.addEventListener("click", this.events.overdue);
      element.dataset["tile"] = name;
      this.#tiles.set(name, tile);
      grid.append(element);
    }
    return grid;
  }

  #buildSeverities(): HTMLElement {
    const panel = make("div", "panel", this.#titles.severity);
    for (const severity of SEVERITIES) {
      const bar = { label: make("span", "bar-label"), fill: make("i"), number: make("span", "bar-number") };
      const row = make("button", `bar sev-${severity}`, bar.label, make("span", "bar-track", bar.fill), bar.number);
      row.addEventListener("click", () => this.events.severity(severity));
      this.#severities.set(severity, bar);
      panel.append(row);
    }
    return panel;
  }

  #buildStatuses(): HTMLElement {
    const track = make("div", "status-track");
    const legend = make("div", "status-legend");
    for (const status of LIVE_STATUSES) {
      const item = { segment: make("i"), label: make("span"), number: make("strong") };
      item.segment.dataset["status"] = status;
      const key = make("i");
      key.dataset["status"] = status;
      track.append(item.segment);
      legend.append(make("div", "status-item", key, item.label, item.number));
      this.#statuses.set(status, item);
    }
    return make("div", "panel", this.#titles.status, track, legend);
  }
}

function percent(part: number, whole: number): string {
  const value = (part / whole) * 100;
  return `${value > 0 && value < 1 ? value.toFixed(1) : Math.round(value)}%`;
}
