// Tries a report: what it would become, and why. It must never send one.
import { ApiProblem, type City } from "../shared/api";
import { button, make } from "../shared/dom";
import { currentLanguage, moment, named, onLanguage, t, term } from "../shared/i18n";
import { api, type Tried } from "./api";
import { severityOf } from "./words";

export interface TryEvents {
  draft(): string | null;
  /** Saves what is still being written, so that the draft is tried as it is seen. */
  ready(): Promise<unknown>;
  /** Follows the id of a rule that decided; null: it is none that can be shown. */
  follow(rule: string): (() => void) | null;
  failed(error: unknown): string;
}

const FEEDS = ["hotline", "grid", "city", "traffic", "emergency", "medical", "video", "open311"];

export class TryPanel {
  readonly #lead = make("p", "quiet");
  readonly #form = make("form", "try-form");
  readonly #result = make("div", "try-result");
  readonly #feed = make("select");
  readonly #title = make("input");
  readonly #text = make("textarea");
  readonly #address = make("input");
  readonly #district = make("select");
  readonly #point = make("input");
  readonly #name = make("input");
  #city: City | null = null;
  #tried: Tried | null = null;

  constructor(
    host: HTMLElement,
    readonly events: TryEvents,
  ) {
    this.#result.setAttribute("aria-live", "polite");
    this.#text.rows = 3;
    this.#title.maxLength = 200;
    this.#text.maxLength = 8000;
    this.#address.maxLength = 300;
    this.#name.maxLength = 300;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.run();
    });
    host.append(make("h2", ""), this.#lead, this.#form, this.#result);
    onLanguage(() => this.say());
    this.say();
  }

  setCity(city: City): void {
    this.#city = city;
    this.say();
  }

  /** The rules or the draft changed: what is shown was decided by others. */
  stale(): void {
    this.#say();
    if (this.#tried !== null) this.#result.prepend(make("p", "note", t("try.again")));
    this.#tried = null;
  }

  say(): void {
    const kept = { feed: this.#feed.value, district: this.#district.value };
    this.#feed.replaceChildren(...FEEDS.map((feed) => option(feed, term("feed", feed))));
    this.#feed.value = kept.feed || "hotline";
    const districts = this.#city?.districts ?? [];
    this.#district.replaceChildren(option("", t("try.district.none")), ...districts.map((d) => option(d.code, named(d.name, d.code))));
    this.#district.value = kept.district;
    this.#title.placeholder = t("try.report.hint");
    this.#point.placeholder = "111.0070, 35.0228";
    const more = make("details", "try-more", make("summary", "", t("try.more")), field(t("try.point"), this.#point), field(t("try.name"), this.#name));
    more.open = this.#point.value !== "" || this.#name.value !== "";
    const go = make("button", "primary", t("try.go"));
    const pair = make("div", "pair", field(t("try.feed"), this.#feed), field(t("try.district"), this.#district));
    this.#form.replaceChildren(pair, field(t("try.report"), this.#title), field(t("try.text"), this.#text), field(t("try.address"), this.#address), more, go);
    this.#say();
    if (this.#tried !== null) this.#tell(this.#tried);
  }

  async run(): Promise<void> {
    const point = this.#readPoint();
    if (point === undefined) {
      this.#result.replaceChildren(make("p", "error", t("try.point.wrong")));
      return;
    }
    this.#result.replaceChildren(make("p", "quiet", t("rules.loading")));
    try {
      await this.events.ready();
      this.#tried = await api.tryReport({
        feed: this.#feed.value,
        title: this.#title.value.trim(),
        text: this.#text.value.trim(),
        address: this.#address.value.trim(),
        district: this.#district.value || null,
        lon: point?.[0] ?? null,
        lat: point?.[1] ?? null,
        category_name: this.#name.value.trim(),
        draft: this.events.draft(),
      });
      this.#tell(this.#tried);
    } catch (error) {
      const broken = error instanceof ApiProblem && error.status === 422;
      this.#result.replaceChildren(make("p", "error", broken ? t("try.errors") : this.events.failed(error)));
    }
  }

  #say(): void {
    const heading = this.#lead.previousElementSibling;
    if (heading !== null) heading.textContent = t("try.title");
    this.#lead.textContent = t("try.lead", { which: t(this.events.draft() === null ? "try.active" : "try.draft") });
  }

  /** Null: none given. Undefined: something that is no point. */
  #readPoint(): [number, number] | null | undefined {
    const text = this.#point.value.trim();
    if (text === "") return null;
    const numbers = text.split(/[,，\s]+/).map(Number);
    const [lon, lat] = numbers;
    if (numbers.length !== 2 || lon === undefined || lat === undefined || !numbers.every(Number.isFinite)) return undefined;
    return Math.abs(lon) <= 180 && Math.abs(lat) <= 90 ? [lon, lat] : undefined;
  }

  #tell(tried: Tried): void {
    if (tried.reject !== null) {
      const { reason, field: path, message } = tried.reject;
      this.#result.replaceChildren(make("p", "error", `${t("try.reject")}: ${message}`), make("p", "quiet", `${reason} ${path}`));
      return;
    }
    const incident = tried.incident;
    if (incident === null) return;
    const now = Date.now();
    const place = [named(incident.district_name, incident.district ?? t("story.none")), term("precision", incident.precision)].join(" · ");
    const head = make(
      "div",
      `outcome sev-${incident.severity}`,
      make("strong", "outcome-category", named(incident.category_name, incident.category)),
      make("span", "level", severityOf(incident.severity)),
      make("span", "quiet", place),
    );
    const tasks = incident.tasks.map((task) => {
      const clocks = task.deadlines.map((clock) => {
        const words = { amount: clock.amount, basis: term("basis.short", clock.basis), when: moment(Date.parse(clock.due_at), now) };
        return make("li", "", make("span", "label", term("deadline", clock.kind)), t("try.due", words));
      });
      const who = make("p", "", make("span", `role role-${task.role}`, term("role", task.role)), make("strong", "", named(task.bureau_name, task.bureau)));
      return make("li", "try-task", who, make("ul", "", ...(clocks.length > 0 ? clocks : [make("li", "quiet", t("try.noclock"))])));
    });
    const watch = incident.supervisors.map((name) => named(name, "")).join("、");
    const watched = watch === "" ? [] : [make("p", "quiet", `${t("try.supervisors")} ${watch}`)];
    this.#result.replaceChildren(head, make("ul", "try-tasks", ...tasks), ...watched, this.#why(tried));
  }

  #why(tried: Tried): HTMLElement {
    const text = currentLanguage() === "zh" ? tried.zh : tried.en;
    const copy = button("small", t("try.copy"), () => {
      void navigator.clipboard.writeText(text).then(() => (copy.textContent = t("try.copied")));
    });
    // Only a page that came over https, or from this machine, may use the clipboard.
    copy.hidden = !window.isSecureContext;
    const ids = [...new Set(tried.steps.flatMap((step) => step.why.map((why) => why.rule)))];
    const links = ids.flatMap((id) => {
      const follow = this.events.follow(id);
      return follow === null ? [] : [button("value link", id, follow)];
    });
    const lines = text.split("\n").filter(Boolean);
    const steps = make("ol", "steps-told", ...lines.slice(1).map((line) => make("li", lineClass(line), line.trim())));
    return make("section", "", make("div", "why-head", make("h3", "", t("try.why")), copy), steps, make("h3", "", t("try.rules")), make("div", "chips", ...links));
  }
}

function lineClass(line: string): string {
  const mark = line.trim()[0] ?? "";
  if (mark === "【" || mark === "[") return "stage";
  return mark === "✓" ? "held" : "passed";
}

function option(value: string, label: string): HTMLOptionElement {
  const element = make("option", "", label);
  element.value = value;
  return element;
}

function field(label: string, control: HTMLElement): HTMLElement {
  return make("label", "control", make("span", "label", label), control);
}
