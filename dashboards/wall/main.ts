// Wires the wall: one board, one link, the panels. It must never decide what a panel shows; panels take the board.
import "leaflet/dist/leaflet.css";
import "./wall.css";
import "./story.css";
import { ApiProblem, type City, fetchCity, liveUrl, storedKey } from "../shared/api";
import { onLanguage, setZone, startLanguage, storedLanguage } from "../shared/i18n";
import { LiveLink, liveProtocols, waitMs } from "../shared/live";
import type { ScreenMessage, Severity } from "../shared/protocol";
import { apply, type Board, type Entry, type Verdict } from "../shared/store";
import { judge } from "../shared/trust";
import { find } from "../shared/dom";
import { FeedPanel } from "./feeds";
import { Header } from "./header";
import { askKey } from "../shared/key";
import { IncidentList } from "./list";
import { CityMap } from "./map";
import { DrawPace } from "./pace";
import { type Filter, matches, NO_FILTER, Ranking, type Sort } from "./ranking";
import { DistrictStanding } from "./standing";
import { StoryPanel } from "./story";
import { TilePanel } from "./tiles";
import { SOON_MS, UrgentList } from "./urgent";
import { ServerClock } from "./time";

const CITY_AGAIN_MS = 10 * 60_000;
const ROTATE_MS = 20_000;
const ROTATE_AMONG = 6;

class Wall {
  #board: Board | null = null;
  #city: City | null = null;
  #filter: Filter = NO_FILTER;
  #sort: Sort = "severest";
  #selected: string | null = null;
  #rotating = 0;
  #link: LiveLink | null = null;
  #startedMs = performance.now();
  #cityFailures = 0;
  #cityTimer: ReturnType<typeof setTimeout> | null = null;
  readonly #pace = new DrawPace(() => this.#draw());
  readonly #clock = new ServerClock();
  readonly #ranking = new Ranking("severest", () => true);
  readonly #urgentRanking = new Ranking("due", (entry) => this.#isUrgent(entry));
  readonly #header = new Header(find("head"));
  readonly map: CityMap;
  readonly #list: IncidentList;
  readonly #urgent: UrgentList;
  readonly #story: StoryPanel;
  readonly #tiles: TilePanel;
  readonly #feeds: FeedPanel;
  readonly #districts: DistrictStanding;
  readonly #wide = window.matchMedia("(min-aspect-ratio: 5/2) and (min-width: 2400px)");

  constructor() {
    const open = (id: string): void => this.#choose(id, true);
    const serverNow = (): number => this.#clock.now();
    const district = (code: string | null): void => this.#pickDistrict(code);
    this.#tiles = new TilePanel(find("side-a"), {
      severity: (severity) => this.#setFilter({ ...NO_FILTER, severities: new Set<Severity>([severity]) }),
      overdue: () => this.#setFilter({ ...NO_FILTER, overdue: !this.#filter.overdue }),
      district,
    });
    this.#feeds = new FeedPanel(find("side-a"));
    this.#districts = new DistrictStanding(find("side-b"), district);
    this.map = new CityMap({ pick: open, pickMany: (ids) => this.#setFilter({ ...NO_FILTER, ids: new Set(ids) }), district });
    this.#list = new IncidentList(find("list"), { open, serverNow, filter: (filter) => this.#setFilter(filter), sort: (sort) => this.#setSort(sort) });
    this.#urgent = new UrgentList(find("urgent"), open, serverNow);
    this.#story = new StoryPanel(find("story"), {
      close: () => this.#choose(null, false),
      step: (by) => this.#step(by),
      needKey: () => this.#needKey(),
      serverNow,
      bureau: (id) => this.#city?.bureaus[id]?.name ?? null,
    });
  }

  start(): void {
    this.#readAddress();
    onLanguage(() => this.#say());
    this.#say();
    this.#tick();
    setInterval(() => this.#tick(), 1_000);
    setInterval(() => this.#rotate(), ROTATE_MS);
    this.#wide.addEventListener("change", () => this.#rotate());
    window.addEventListener("online", () => this.#link?.hurry());
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.#selected !== null) this.#choose(null, false);
    });
    void this.#readCity();
    setInterval(() => void this.#readCity(), CITY_AGAIN_MS);
  }

  /** A wall is set up by its address: `?lang=en&sort=newest&district=140802&feed=grid&overdue=1`. */
  #readAddress(): void {
    const asked = new URLSearchParams(location.search);
    const sort = asked.get("sort");
    if (sort === "newest" || sort === "severest") this.#sort = sort;
    this.#filter = { ...NO_FILTER, district: asked.get("district"), feed: asked.get("feed"), overdue: asked.get("overdue") === "1" };
    this.#ranking.set(this.#sort, (entry) => matches(entry, this.#filter));
    this.#selected = new URLSearchParams(location.hash.slice(1)).get("incident");
    if (this.#selected !== null) this.#story.open(this.#selected, null);
  }

  async #readCity(): Promise<void> {
    if (this.#cityTimer !== null) clearTimeout(this.#cityTimer);
    this.#cityTimer = null;
    try {
      const city = await fetchCity();
      this.#cityFailures = 0;
      this.#takeCity(city);
    } catch (error) {
      if (error instanceof ApiProblem && error.needsKey) {
        this.#needKey();
        return;
      }
      this.#cityFailures += 1;
      if (this.#city === null) this.#cityTimer = setTimeout(() => void this.#readCity(), waitMs(this.#cityFailures, Math.random()));
    }
  }

  #takeCity(city: City): void {
    const first = this.#city === null;
    // Redrawing thirteen outlines is cheap, but a map that blinks every ten minutes is not wanted.
    if (JSON.stringify(city) === JSON.stringify(this.#city)) return;
    this.#city = city;
    setZone(city.timezone);
    this.#header.setCity(city);
    this.map.setCity(city);
    this.#list.setCity(city);
    this.#urgent.setCity(city);
    this.#districts.setCity(city);
    this.#ask();
    if (first) this.#connect();
  }

  #connect(): void {
    this.#link?.stop();
    this.#link = new LiveLink({
      url: () => liveUrl(this.#city as City, location),
      protocols: () => liveProtocols(storedKey()),
      open: (url, protocols) => new WebSocket(url, protocols),
      take: (message) => this.#take(message),
      resume: () => (this.#board === null ? null : { epoch: this.#board.epoch, seq: this.#board.seq }),
      now: () => performance.now(),
      random: Math.random,
      after: (ms, run) => {
        const timer = setTimeout(run, ms);
        return () => clearTimeout(timer);
      },
      // A refused key looks like any other loss on a socket; the API tells which it is.
      lost: (failures) => {
        if (failures % 3 === 0) void this.#readCity();
        this.#trust();
      },
    });
    this.#link.start();
  }

  #needKey(): void {
    askKey(() => {
      void this.#readCity();
      if (this.#city !== null) this.#connect();
      if (this.#selected !== null) this.#story.open(this.#selected, this.#entry(this.#selected));
    });
  }

  #take(message: ScreenMessage): Verdict {
    const life = this.#board?.epoch;
    const applied = apply(this.#board, message);
    if (applied.verdict !== "applied" || applied.board === null) return applied.verdict;
    this.#board = applied.board;
    this.#clock.hear(applied.board.atMs);
    if (applied.added.length > 0) {
      this.#list.announce(applied.added);
      const added = applied.added.flatMap((id) => this.#board?.entries.get(id) ?? []);
      this.map.pulse(added.filter((entry) => matches(entry, this.#filter)));
    }
    if (life !== undefined && life !== applied.board.epoch) void this.#readCity();
    this.#ask();
    return "applied";
  }

  #ask(): void {
    this.#pace.ask();
  }

  #draw(): void {
    const board = this.#board;
    this.#ranking.update(board);
    this.map.show(this.#ranking.order, board, this.#filter.district);
    this.#list.show(this.#ranking.order, board, this.#filter, this.#sort);
    this.#tiles.show(board);
    this.#feeds.show(board, this.#clock.now());
    if (this.#wide.matches) {
      this.#urgentRanking.update(board);
      this.#urgent.show(this.#urgentRanking.order);
      this.#districts.show(board, this.#filter.district);
    }
    if (this.#story.id === null) this.#rotate();
    else this.#story.follow(this.#entry(this.#story.id));
    this.#trust();
  }

  #tick(): void {
    this.#header.tick(this.#clock.now());
    this.#feeds.tick(this.#clock.now());
    this.#list.rows.refresh();
    if (this.#wide.matches) this.#urgent.rows.refresh();
    this.#story.tick();
    this.#trust();
  }

  #trust(): void {
    const link = this.#link?.state ?? { phase: "connecting" as const, downSinceMs: this.#startedMs, retryAtMs: 0, resyncing: false, lastMessageMs: null };
    this.#header.trust(judge(link, this.#board?.health ?? null, performance.now(), this.#clock.now()), this.#board !== null);
  }

  #choose(id: string | null, bring: boolean): void {
    this.#selected = id;
    history.replaceState(null, "", id === null ? location.pathname + location.search : `#incident=${encodeURIComponent(id)}`);
    this.#list.rows.mark(id);
    this.#urgent.rows.mark(id);
    const entry = id === null ? null : this.#entry(id);
    if (id !== null) this.#story.open(id, entry);
    else this.#story.close();
    this.map.select(entry, bring);
    if (id === null) this.#rotate();
  }

  #step(by: number): void {
    const from = this.#story.id;
    const next = from === null ? null : this.#list.rows.neighbour(from, by);
    if (next !== null) this.#choose(next, true);
  }

  /** A wide wall that nobody steers tells the worst incidents in turn. */
  #rotate(): void {
    if (this.#selected !== null) return;
    if (!this.#wide.matches) {
      if (this.#story.id !== null) this.#story.close();
      return;
    }
    const worst = [...(this.#board?.entries.values() ?? [])]
      .sort((a, b) => a.card.severity - b.card.severity || b.openedMs - a.openedMs)
      .slice(0, ROTATE_AMONG);
    const entry = worst[this.#rotating % Math.max(1, worst.length)];
    this.#rotating += 1;
    if (entry === undefined) return;
    this.#story.open(entry.card.id, entry);
    this.map.select(entry, false);
  }

  #pickDistrict(code: string | null): void {
    const next = code === this.#filter.district ? null : code;
    if (next === null && this.#filter.district === null) return;
    this.#setFilter({ ...this.#filter, district: next, ids: null });
    if (next !== null) this.map.showDistrict(next);
  }

  #setFilter(filter: Filter): void {
    this.#filter = filter;
    this.#ranking.set(this.#sort, (entry) => matches(entry, this.#filter));
    this.#list.rows.toTop();
    this.#ask();
  }

  #setSort(sort: Sort): void {
    this.#sort = sort;
    this.#ranking.set(sort, (entry) => matches(entry, this.#filter));
    this.#list.rows.toTop();
    this.#ask();
  }

  #say(): void {
    this.#header.say();
    this.map.say();
    this.#list.say();
    this.#urgent.say();
    this.#story.say();
    this.#tick();
    this.#ask();
  }

  shown(): { versions: Record<string, number>; live: number } {
    const entries = [...(this.#board?.entries.values() ?? [])];
    return { versions: Object.fromEntries(entries.map(({ card }) => [card.id, card.version])), live: this.#board?.tiles.live ?? -1 };
  }

  #entry(id: string): Entry | null {
    return this.#board?.entries.get(id) ?? null;
  }

  #isUrgent(entry: Entry): boolean {
    return entry.card.overdue || (entry.dueMs !== null && entry.dueMs - this.#clock.now() < SOON_MS);
  }
}

interface Outside extends Pick<CityMap, "view" | "pixelOf"> {
  /** Version of each incident on screen, and how many are live: to compare a wall with what it should show. */
  shown(): { versions: Record<string, number>; live: number };
}

declare global {
  interface Window {
    /** Read only: for whoever tests or scripts a wall from outside. */
    tongguanWall: Outside;
  }
}

startLanguage(location.search, storedLanguage());
const wall = new Wall();
wall.start();
window.tongguanWall = { view: () => wall.map.view(), pixelOf: (lat, lon) => wall.map.pixelOf(lat, lon), shown: () => wall.shown() };
