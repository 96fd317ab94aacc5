// Which rulebook is active, and was; and letting an earlier one decide again. It must never do so without a reason.
import { ApiProblem } from "../shared/api";
import { button, make } from "../shared/dom";
import { moment, t } from "../shared/i18n";
import { api, type RulebookEntry } from "./api";
import { ask } from "./dialogs";
import { storeAuthor, storedAuthor } from "./head";
import type { Middle } from "./middle";

export interface PastEvents {
  failed(error: unknown): string;
  /** Another rulebook decides now. */
  replaced(): void;
}

const SHOWN = 30;

export class Past {
  #active: RulebookEntry | null = null;

  constructor(
    readonly middle: Middle,
    readonly events: PastEvents,
  ) {}

  /** Says when somebody, here or elsewhere, made another rulebook active. */
  async look(): Promise<void> {
    try {
      const { active } = await api.history(1);
      const before = this.#active;
      this.#active = active;
      if (before === null || before.number === active.number) return;
      this.events.replaced();
      if (active.who !== storedAuthor()) this.middle.problem(t("history.replaced", { who: active.who, version: active.version, why: active.why }));
    } catch {
      // The next look tells; whoever acts meanwhile is told by what they do.
    }
  }

  async show(): Promise<void> {
    try {
      const { items } = await api.history(SHOWN);
      this.middle.showResults(t("history.title"), make("ol", "results history", ...items.map((entry) => this.#row(entry))));
    } catch (error) {
      this.middle.problem(this.events.failed(error));
    }
  }

  #row(entry: RulebookEntry): HTMLElement {
    const state = entry.active ? make("span", "badge good", t("history.active")) : button("small", t("history.restore"), () => void this.#restore(entry));
    const when = make("time", "quiet", moment(Date.parse(entry.at), Date.now()));
    return make("li", "", when, make("code", "", entry.version), make("span", "", `${entry.who}：${entry.why}`), state);
  }

  async #restore(entry: RulebookEntry): Promise<void> {
    const { active } = await api.history(1);
    const answer = await ask({
      title: t("history.restore.title", { version: entry.version }),
      lead: t("history.restore.lead"),
      field: { label: t("activate.why"), hint: "", max: 300 },
      author: storedAuthor(),
      go: t("history.restore"),
    });
    if (answer === null) return;
    storeAuthor(answer.author);
    try {
      this.#active = (await api.restore(entry.version, answer.text, answer.author, active.version)).activation;
      this.events.replaced();
      await this.show();
    } catch (error) {
      const moved = error instanceof ApiProblem && error.status === 409;
      this.middle.problem(moved ? t("activate.moved", { detail: error.detail }) : this.events.failed(error));
    }
  }
}
