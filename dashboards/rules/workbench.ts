// The draft that is worked on: its steps and what they found. It must never activate what was not looked at.
import { ApiProblem } from "../shared/api";
import { t } from "../shared/i18n";
import { api, type Checked, type DraftDetail, type DraftFile, type Finding, type Tested } from "./api";
import { make } from "../shared/dom";
import { ask, confirmed } from "./dialogs";
import { storeAuthor, storedAuthor } from "./head";
import type { Middle } from "./middle";
import { casesView, changesView, findingsView, type Jump, type NameOf } from "./results";
import { StepBar, type StepName } from "./steps";

export interface WorkEvents {
  failed(error: unknown): string;
  jump: Jump;
  nameOf: NameOf;
  /** The draft is gone. */
  left(): void;
  /** Its rules read otherwise than before. */
  changed(): void;
}

export class Workbench {
  readonly #bar: StepBar;
  #draft: DraftDetail | null = null;
  #checked: { at: number; result: Checked } | null = null;
  #tested: { at: number; result: Tested } | null = null;
  #running: StepName | null = null;
  #looking = false;

  constructor(
    readonly middle: Middle,
    readonly events: WorkEvents,
  ) {
    this.#bar = new StepBar({ run: (step) => void this.#run(step), export: () => void this.#export(), drop: () => void this.#drop() });
    this.#bar.element.hidden = true;
    middle.top.append(this.#bar.element);
  }

  get id(): string | null {
    return this.#draft?.id ?? null;
  }

  get files(): readonly DraftFile[] {
    return this.#draft?.files ?? [];
  }

  get findings(): readonly Finding[] {
    return this.#checked?.result.findings ?? [];
  }

  async open(id: string | null): Promise<void> {
    this.#draft = null;
    this.#checked = null;
    this.#tested = null;
    this.#bar.element.hidden = true;
    if (id === null) return;
    this.#draft = await api.draft(id);
    this.#bar.element.hidden = false;
    this.say();
    if (this.#draft.changed_files > 0) await this.#check(false);
  }

  /** Reads again who changed what, and checks when something did. */
  async look(): Promise<void> {
    const before = this.#draft;
    if (before === null || this.#looking) return;
    this.#looking = true;
    try {
      const now = await api.draft(before.id);
      if (this.#draft?.id !== before.id) return;
      this.#draft = now;
      this.middle.refresh(new Map(now.files.map((file) => [file.file, file.revision])));
      if (edition(now) !== edition(before)) {
        this.events.changed();
        await this.#check(false);
      }
      this.say();
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 404) this.middle.problem(t("draft.gone"));
    } finally {
      this.#looking = false;
    }
  }

  say(): void {
    if (this.#draft === null) return;
    this.#bar.set({
      draft: this.#draft,
      edition: edition(this.#draft),
      checked: this.#checked,
      tested: this.#tested,
      backtested: null,
      running: this.#running,
    });
  }

  async #run(step: StepName): Promise<void> {
    if (this.#draft === null || this.#running !== null) return;
    await this.middle.flush();
    await this.look();
    this.#running = step;
    this.say();
    try {
      if (step === "edit") await this.#changes();
      else if (step === "check") await this.#check(true);
      else if (step === "cases") await this.#cases();
      else if (step === "activate") await this.#activate();
    } catch (error) {
      await this.#told(error);
    } finally {
      this.#running = null;
      this.say();
    }
  }

  async #check(show: boolean): Promise<void> {
    const draft = this.#draft;
    if (draft === null) return;
    const result = await api.check(draft.id);
    if (this.#draft?.id !== draft.id) return;
    this.#checked = { at: edition(draft), result };
    this.middle.mark(result.findings);
    if (show) this.middle.showResults(t("panel.findings"), findingsView(result, this.events.jump));
    this.say();
  }

  async #cases(): Promise<void> {
    const draft = this.#draft;
    if (draft === null) return;
    const result = await api.cases(draft.id);
    this.#tested = { at: edition(draft), result };
    this.middle.showResults(t("panel.cases"), casesView(result, this.events.jump, this.events.nameOf));
  }

  /** What is to be activated is checked and its cases run first, and its changes are seen, all of the same text. */
  async #activate(): Promise<void> {
    const draft = this.#draft;
    if (draft === null) return;
    await this.#check(false);
    const checked = this.#checked?.result;
    if (checked === undefined || checked.findings.length > 0) return this.#check(true);
    await this.#cases();
    if ((this.#tested?.result.failed ?? 1) > 0) {
      this.middle.problem(t("activate.cases"));
      return;
    }
    const { files } = await api.changes(draft.id, "active");
    if (files.length === 0) {
      this.middle.problem(t("activate.same"));
      return;
    }
    const moved = draft.active_version !== draft.base_version;
    const lead = t("activate.lead", { from: draft.active_version, to: checked.version });
    const answer = await ask({
      title: t("activate.title"),
      lead: moved ? `${t("draft.moved", { version: draft.active_version, base: draft.base_version })} ${lead}` : lead,
      field: { label: t("activate.why"), hint: t("activate.why.hint"), max: 300 },
      author: storedAuthor(),
      go: t("activate.go"),
      body: changesView(files),
    });
    if (answer === null) return;
    storeAuthor(answer.author);
    const done = await api.activate(draft.id, { why: answer.text, by: answer.author, version: checked.version, instead_of: draft.active_version });
    this.#draft = await api.draft(draft.id);
    this.middle.showResults(t("activate.title"), make("p", "good", t("activate.done", { version: done.activation.version })));
    this.events.changed();
  }

  async #changes(): Promise<void> {
    if (this.#draft === null) return;
    this.middle.showResults(t("panel.changes"), changesView((await api.changes(this.#draft.id, "base")).files));
  }

  /** Rules with errors cannot be run: what is wrong is shown instead. */
  async #told(error: unknown): Promise<void> {
    if (error instanceof ApiProblem && error.status === 422) await this.#check(true);
    else if (error instanceof ApiProblem && error.status === 409) this.middle.problem(t("activate.moved", { detail: error.detail }));
    else this.middle.problem(this.events.failed(error));
  }

  async #export(): Promise<void> {
    if (this.#draft === null) return;
    try {
      await this.middle.flush();
      const link = document.createElement("a");
      link.href = URL.createObjectURL(await api.export(this.#draft.id));
      link.download = `${this.#draft.title}.zip`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    } catch (error) {
      this.middle.problem(this.events.failed(error));
    }
  }

  async #drop(): Promise<void> {
    const draft = this.#draft;
    if (draft === null || !(await confirmed(t("draft.drop.sure", { title: draft.title }), t("draft.drop")))) return;
    try {
      await api.drop(draft.id);
    } catch (error) {
      this.middle.problem(this.events.failed(error));
      return;
    }
    this.#draft = null;
    this.middle.close();
    this.events.left();
  }
}

/** Counts up with every saving of any file, by whomever. */
export function edition(draft: DraftDetail): number {
  return draft.files.reduce((sum, file) => sum + file.revision, 0);
}

