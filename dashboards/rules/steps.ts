// The way of a draft: edit, check, cases, backtest, activate. It must never call a step done for a text that has changed.
import { button, make, say } from "../shared/dom";
import { moment, t } from "../shared/i18n";
import type { Checked, DraftDetail, Tested } from "./api";

export type StepName = "edit" | "check" | "cases" | "backtest" | "activate";

export interface StepEvents {
  run(step: StepName): void;
  export(): void;
  drop(): void;
}

export interface Progress {
  draft: DraftDetail;
  /** The text of the draft, counted by its savings; what a step ran on is compared with it. */
  edition: number;
  checked: { at: number; result: Checked } | null;
  tested: { at: number; result: Tested } | null;
  backtested: { at: number; words: string } | null;
  running: StepName | null;
}

const STEPS: readonly StepName[] = ["edit", "check", "cases", "activate"];

export class StepBar {
  readonly element = make("div", "steps");
  readonly #note = make("p", "note");
  readonly #buttons = new Map<StepName, { button: HTMLButtonElement; state: HTMLElement }>();
  readonly #opened = make("p", "quiet");
  readonly #export: HTMLButtonElement;
  readonly #drop: HTMLButtonElement;

  constructor(events: StepEvents) {
    const row = make("ol", "step-row");
    for (const step of STEPS) {
      const state = make("span", "step-state");
      const element = button("step", "", () => events.run(step));
      element.dataset["step"] = step;
      element.append(make("strong", ""), state);
      row.append(make("li", "", element));
      this.#buttons.set(step, { button: element, state });
    }
    this.#export = button("small", "", () => events.export());
    this.#drop = button("small danger", "", () => events.drop());
    this.#note.setAttribute("role", "status");
    this.element.append(row, make("div", "step-more", this.#opened, this.#export, this.#drop), this.#note);
  }

  set(progress: Progress): void {
    const { draft } = progress;
    for (const [index, step] of STEPS.entries()) {
      const shown = this.#buttons.get(step);
      if (shown === undefined) continue;
      const [kind, words] = stateOf(step, progress);
      shown.button.dataset["kind"] = kind;
      say(shown.button.querySelector("strong") as HTMLElement, `${index + 1} ${t(`draft.step.${step}`)}`);
      say(shown.state, words);
    }
    say(this.#opened, t("draft.opened", { by: draft.opened_by, when: moment(Date.parse(draft.opened_at), Date.now()) }));
    say(this.#export, t("draft.export"));
    this.#export.title = t("draft.export.hint");
    say(this.#drop, t("draft.drop"));
    const moved = draft.active_version !== draft.base_version;
    say(this.#note, moved ? t("draft.moved", { version: draft.active_version, base: draft.base_version }) : "");
    this.#note.hidden = !moved;
  }
}

function stateOf(step: StepName, progress: Progress): [string, string] {
  if (progress.running === step) return ["running", t("draft.step.running")];
  const { draft, edition, checked, tested, backtested } = progress;
  switch (step) {
    case "edit":
      return draft.changed_files > 0 ? ["done", t("draft.step.edit.state", { n: draft.changed_files })] : ["todo", t("draft.step.edit.none")];
    case "check":
      if (checked === null) return ["todo", t("draft.step.todo")];
      if (checked.at !== edition) return ["old", t("draft.step.old")];
      return checked.result.findings.length > 0
        ? ["bad", t("draft.step.check.bad", { n: checked.result.findings.length })]
        : ["done", t("draft.step.check.ok")];
    case "cases":
      if (tested === null) return ["todo", t("draft.step.todo")];
      if (tested.at !== edition) return ["old", t("draft.step.old")];
      return tested.result.failed > 0
        ? ["bad", t("draft.step.cases.bad", { failed: tested.result.failed, n: tested.result.cases.length })]
        : ["done", t("draft.step.cases.ok", { n: tested.result.cases.length })];
    case "backtest":
      if (backtested === null) return ["todo", t("draft.step.todo")];
      return backtested.at === edition ? ["done", backtested.words] : ["old", t("draft.step.old")];
    case "activate":
      return draft.activated_at === null ? ["todo", ""] : ["todo", t("draft.step.activate.state", { when: moment(Date.parse(draft.activated_at), Date.now()) })];
  }
}
