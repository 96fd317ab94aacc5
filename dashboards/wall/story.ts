// One incident told in full: tasks, why, reports, timeline. It must never show markup that a report brought along.
import { ApiProblem, fetchStory, type Name, type Story } from "../shared/api";
import { dueWords, moment, named, reportsIn, roman, t, term } from "../shared/i18n";
import type { Entry } from "../shared/store";
import { button, make, say, toggle } from "../shared/dom";
import { reportsSection, tasksSection, timelineSection, whySection } from "./chapters";

/** A busy incident changes often; its story is read again at most this often. */
const REREAD_MS = 1_500;

export interface StoryEvents {
  readonly close: () => void;
  readonly step: (by: number) => void;
  readonly needKey: () => void;
  readonly serverNow: () => number;
  readonly bureau: (id: string) => Name | null;
}

export class StoryPanel {
  readonly #host: HTMLElement;
  readonly #level = make("span", "level");
  readonly #title = make("h2", "story-title");
  readonly #tags = make("p", "story-tags");
  readonly #due = make("strong", "story-due");
  readonly #facts = make("dl", "facts");
  readonly #body = make("div", "story-body");
  readonly #note = make("p", "story-note");
  readonly #bar: HTMLElement;
  #id: string | null = null;
  #story: Story | null = null;
  #entry: Entry | null = null;
  #readVersion = -1;
  #failure: unknown = null;
  #abort: AbortController | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(
    host: HTMLElement,
    private readonly events: StoryEvents,
  ) {
    this.#host = host;
    this.#bar = make("div", "story-bar");
    const head = make("div", "story-head", this.#level, make("div", "story-heading", this.#title, this.#tags), this.#due);
    host.append(this.#bar, head, this.#note, this.#facts, this.#body);
    this.#body.tabIndex = 0;
  }

  get id(): string | null {
    return this.#id;
  }

  open(id: string, entry: Entry | null): void {
    if (this.#id !== id) {
      this.#story = null;
      this.#failure = null;
      this.#body.scrollTop = 0;
    }
    this.#id = id;
    this.#entry = entry;
    this.#host.hidden = false;
    this.#readVersion = entry?.card.version ?? -1;
    this.say();
    void this.#read();
  }

  close(): void {
    this.#id = null;
    this.#story = null;
    this.#entry = null;
    this.#abort?.abort();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#host.hidden = true;
  }

  /** Tells the panel the newest card; it reads the story again when the incident has changed. */
  follow(entry: Entry | null): void {
    if (this.#id === null) return;
    this.#entry = entry;
    this.#head();
    if (entry === null || entry.card.version === this.#readVersion || this.#timer !== null) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#readVersion = this.#entry?.card.version ?? this.#readVersion;
      void this.#read();
    }, REREAD_MS);
  }

  /** Words and clocks again, because the language or the time went on. */
  say(): void {
    this.#bar.replaceChildren(
      button("icon", "‹", () => this.events.step(-1)),
      button("icon", "›", () => this.events.step(1)),
      make("span", "story-id", this.#id ?? ""),
      button("icon close", "×", () => this.events.close()),
    );
    const names = [t("story.previous"), t("story.next"), t("story.close")];
    this.#bar.querySelectorAll("button").forEach((element, index) => {
      element.title = names[index] ?? "";
      element.setAttribute("aria-label", names[index] ?? "");
    });
    this.#tell();
  }

  tick(): void {
    if (this.#id !== null) this.#clock();
  }

  async #read(): Promise<void> {
    const id = this.#id;
    if (id === null) return;
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    try {
      const story = await fetchStory(id, abort.signal);
      if (this.#id !== id) return;
      this.#story = story;
      this.#failure = null;
    } catch (error) {
      if (abort.signal.aborted || this.#id !== id) return;
      if (error instanceof ApiProblem && error.needsKey) this.events.needKey();
      this.#failure = error;
    }
    this.#tell();
  }

  #tell(): void {
    if (this.#id === null) return;
    this.#head();
    const story = this.#story;
    const keep = this.#body.scrollTop;
    if (story === null) {
      this.#facts.replaceChildren();
      this.#body.replaceChildren(this.#failure === null ? make("p", "empty", t("story.loading")) : this.#failed(this.#failure));
      return;
    }
    const now = this.events.serverNow();
    this.#facts.replaceChildren(...this.#factList(story, now));
    this.#body.replaceChildren(
      tasksSection(story.tasks ?? [], now, this.events.bureau),
      whySection(story.why ?? []),
      reportsSection(story.reports ?? [], now),
      timelineSection(story, now, this.events.bureau),
    );
    this.#body.scrollTop = keep;
  }

  /** The API's own words are English and meant for a program: a reader gets ours. */
  #failed(failure: unknown): HTMLElement {
    const status = failure instanceof ApiProblem ? failure.status : null;
    const unknown = status === 404 || status === 400;
    const detail = status === null ? t("story.unreachable") : t("story.answered", { status });
    const words = unknown ? t("story.unknown", { id: this.#id ?? "" }) : t("story.failed", { detail });
    const again = unknown ? [] : [button("chip-button", t("story.retry"), () => void this.#read())];
    return make("div", "empty", make("p", "", words), ...again);
  }

  #head(): void {
    const shown = this.#entry?.card ?? this.#story?.incident;
    const severity = shown?.severity ?? 4;
    this.#host.dataset["severity"] = String(severity);
    say(this.#level, shown ? roman(severity) : "");
    this.#level.hidden = shown === undefined;
    say(this.#title, shown?.title ?? "");
    const reports = this.#entry?.card.report_count ?? this.#story?.incident.report_count ?? 0;
    const tags = shown ? [term("severity", severity), term("status", shown.muted ? "muted" : shown.status), reportsIn(reports)] : [];
    say(this.#tags, tags.join(" · "));
    say(this.#note, this.#entry === null && this.#story !== null ? t("story.gone") : "");
    this.#clock();
  }

  #clock(): void {
    const due = this.#entry?.card.due_at ?? this.#story?.incident.due_at ?? null;
    const words = dueWords(due === null ? null : Date.parse(due), this.events.serverNow());
    say(this.#due, due === null ? "" : words.text);
    toggle(this.#due, "over", words.over);
  }

  #factList(story: Story, now: number): HTMLElement[] {
    const { incident } = story;
    const place = [named(incident.district_name, incident.district ?? ""), incident.address ?? ""].filter(Boolean).join(" · ");
    const facts: [string, string][] = [
      [t("story.category"), named(incident.category_name, incident.category)],
      [t("story.lead"), named(incident.lead_bureau_name, incident.lead_bureau ?? t("story.none"))],
      [t("story.district"), place || t("story.none")],
      [t("story.opened"), moment(Date.parse(incident.opened_at), now)],
    ];
    const muted = incident.muted;
    if (muted) {
      const owner = named(muted.owner_name ?? this.events.bureau(muted.owner), muted.owner);
      const by = t("story.muted.by", { owner, until: moment(Date.parse(muted.until), now), rule: muted.rule });
      facts.unshift([t("story.muted"), by]);
    }
    return facts.map(([name, value]) => make("div", "fact", make("dt", "", name), make("dd", "", value)));
  }
}
