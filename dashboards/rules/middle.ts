// The middle: a rule, or a file, with the results of a draft below. It must never show two drafts at once.
import { ApiProblem } from "../shared/api";
import { button, make } from "../shared/dom";
import { t } from "../shared/i18n";
import { api, type Entry, type Finding, type RuleDetail } from "./api";
import { type DetailEvents, detailView } from "./detail";
import { FilePane } from "./filepane";

export interface MiddleEvents {
  failed(error: unknown): string;
  saved(): void;
  author(): string;
}

export class Middle {
  /** The steps of a draft hang here. */
  readonly top = make("div", "middle-top");
  readonly #problem = make("div", "problem");
  readonly #rule = make("div", "rule-pane");
  readonly #results = make("section", "results-pane");
  readonly #file: FilePane;
  #detail: RuleDetail | null = null;
  #events: DetailEvents | null = null;
  #asked = 0;

  constructor(
    host: HTMLElement,
    readonly events: MiddleEvents,
  ) {
    this.#file = new FilePane({ saved: () => events.saved(), author: events.author, failed: events.failed });
    this.#problem.setAttribute("role", "alert");
    this.#problem.hidden = true;
    this.#results.hidden = true;
    host.append(this.top, this.#problem, this.#rule, this.#file.element, this.#results);
    this.close();
  }

  get dirty(): boolean {
    return this.#file.dirty;
  }

  get file(): string | null {
    return this.#file.element.hidden ? null : this.#file.file;
  }

  /** Whether the keyboard writes into the file. */
  get typing(): boolean {
    return this.#file.element.contains(document.activeElement);
  }

  flush(): Promise<boolean> {
    return this.#file.flush();
  }

  close(): void {
    this.#file.close();
    this.#file.element.hidden = true;
    this.#detail = null;
    this.#rule.hidden = false;
    this.#problem.hidden = true;
    this.hideResults();
    this.say();
  }

  problem(words: string): void {
    this.#problem.replaceChildren(make("p", "", words), button("small", t("rules.close"), () => (this.#problem.hidden = true)));
    this.#problem.hidden = false;
  }

  async showRule(entry: Entry, draft: string | null, events: DetailEvents): Promise<void> {
    const mine = ++this.#asked;
    try {
      const detail = await api.rule(entry, draft);
      if (mine !== this.#asked) return;
      this.#detail = detail;
      this.#events = events;
      this.#file.element.hidden = true;
      this.#rule.hidden = false;
      this.#rule.scrollTop = 0;
      this.say();
    } catch (error) {
      const gone = error instanceof ApiProblem && error.status === 404;
      this.problem(gone ? t("detail.past.absent") : this.events.failed(error));
    }
  }

  async showFile(file: string, draft: string | null, line: number, column: number): Promise<void> {
    this.#asked += 1;
    try {
      this.#rule.hidden = true;
      this.#file.element.hidden = false;
      await this.#file.open(file, draft, line, column);
    } catch (error) {
      this.problem(this.events.failed(error));
    }
  }

  refresh(revisions: ReadonlyMap<string, number>): void {
    const revision = this.#file.file === null ? undefined : revisions.get(this.#file.file);
    if (revision !== undefined) void this.#file.refresh(revision).catch(() => undefined);
  }

  mark(findings: readonly Finding[]): void {
    this.#file.mark(findings);
  }

  showResults(title: string, view: HTMLElement): void {
    const close = button("small", t("rules.close"), () => this.hideResults());
    this.#results.replaceChildren(make("div", "results-head", make("h2", "", title), close), view);
    this.#results.setAttribute("aria-label", title);
    this.#results.hidden = false;
    this.#results.scrollTop = 0;
  }

  hideResults(): void {
    this.#results.hidden = true;
    this.#results.replaceChildren();
  }

  say(): void {
    this.#file.say();
    if (this.#detail !== null && this.#events !== null) this.#rule.replaceChildren(detailView(this.#detail, this.#events));
    else this.#rule.replaceChildren(welcome(this.top.querySelector(".steps:not([hidden])") !== null));
  }
}

function welcome(inDraft: boolean): HTMLElement {
  return make(
    "div",
    "welcome",
    make("h2", "", t("rules.welcome")),
    make("p", "", t("rules.welcome.more")),
    make("p", "", t(inDraft ? "rules.welcome.draft" : "rules.welcome.change")),
  );
}
