// A file of a draft being written, or of the active rules being read. It must never throw away what was typed.
import { button, make, say } from "../shared/dom";
import { moment, t } from "../shared/i18n";
import { api, type FileText, type Finding } from "./api";
import { Editor } from "./editor";
import { Saver, type SaveState } from "./saving";

export interface FileEvents {
  /** A saving came through. */
  saved(file: string): void;
  author(): string;
  failed(error: unknown): string;
}

export class FilePane {
  readonly element = make("section", "file-pane");
  readonly #name = make("h2", "file-name");
  readonly #state = make("span", "save-state");
  readonly #who = make("span", "quiet");
  readonly #discard: HTMLButtonElement;
  readonly #conflict = make("div", "conflict");
  readonly #editor: Editor;
  #saver: Saver | null = null;
  #draft: string | null = null;
  #shown: FileText | null = null;
  #findings: readonly Finding[] = [];

  constructor(readonly events: FileEvents) {
    this.#editor = new Editor((text) => this.#saver?.write(text));
    this.#state.setAttribute("role", "status");
    this.#conflict.setAttribute("role", "alert");
    this.#conflict.hidden = true;
    this.#discard = button("small", "", () => this.#undo());
    this.element.append(make("div", "file-head", this.#name, this.#state, this.#who, this.#discard), this.#conflict, this.#editor.element);
  }

  get file(): string | null {
    return this.#shown?.file ?? null;
  }

  get dirty(): boolean {
    return this.#saver?.dirty ?? false;
  }

  /** Shows a file and a line of it; what was open before is saved first. */
  async open(file: string, draft: string | null, line: number, column = 1): Promise<void> {
    if (this.#shown?.file !== file || this.#draft !== draft) {
      await this.flush();
      const text = await api.file(file, draft);
      this.#take(text, draft);
    }
    this.#editor.show(line, true, column);
  }

  /** Forgets what is shown, because another draft is looked at. */
  close(): void {
    this.#saver?.stop();
    this.#saver = null;
    this.#shown = null;
  }

  flush(): Promise<boolean> {
    return this.#saver?.flush() ?? Promise.resolve(true);
  }

  mark(findings: readonly Finding[]): void {
    this.#findings = findings.filter((finding) => finding.file === this.file);
    this.#editor.mark(this.#findings);
  }

  /** Somebody else saved the file that is open: shown at once, unless something is being written here. */
  async refresh(revision: number): Promise<void> {
    const saver = this.#saver;
    if (saver === null || this.file === null || revision <= saver.revision || saver.dirty || saver.state.kind !== "saved") return;
    const theirs = await api.file(this.file, this.#draft);
    if (saver !== this.#saver || saver.dirty) return;
    saver.adopt(theirs.text, theirs.revision);
    this.#shown = theirs;
    this.#editor.replace(theirs.text ?? "");
    this.#say();
  }

  say(): void {
    if (this.#shown !== null) this.#say();
  }

  #take(text: FileText, draft: string | null): void {
    this.#saver?.stop();
    this.#draft = draft;
    this.#shown = text;
    this.#findings = [];
    this.#conflict.hidden = true;
    this.#saver = draft === null ? null : this.#saverOf(text, draft);
    this.#editor.open(text.file, text.text ?? "", draft === null);
    this.#say();
  }

  #saverOf(text: FileText, draft: string): Saver {
    return new Saver(
      {
        send: (written, revision) => api.save(draft, text.file, written, revision, this.events.author()),
        told: (state) => this.#told(state),
        later: (job, ms) => {
          const timer = setTimeout(job, ms);
          return () => clearTimeout(timer);
        },
      },
      text.text,
      text.revision,
    );
  }

  #told(state: SaveState): void {
    this.#sayState(state);
    if (state.kind === "saved" && this.file !== null) this.events.saved(this.file);
    if (state.kind === "conflict") void this.#askWhose();
    this.#discard.hidden = this.#draft === null || this.#editor.text === this.#shown?.base;
  }

  #sayState(state: SaveState): void {
    this.#state.dataset["kind"] = state.kind;
    if (state.kind === "failed") say(this.#state, t("save.failed", { detail: state.detail || t("rules.unreachable") }));
    else if (state.kind === "gone") say(this.#state, t("draft.gone"));
    else if (state.kind === "conflict") say(this.#state, t("save.waiting"));
    else say(this.#state, t(`save.${state.kind}`));
  }

  async #askWhose(): Promise<void> {
    const saver = this.#saver;
    if (saver === null || this.file === null) return;
    const theirs = await api.file(this.file, this.#draft);
    const take = button("small", t("save.theirs"), () => {
      saver.adopt(theirs.text, theirs.revision);
      this.#editor.replace(theirs.text ?? "");
      this.#conflict.hidden = true;
    });
    const keep = button("small", t("save.mine"), () => {
      this.#conflict.hidden = true;
      void saver.overwrite(theirs.revision);
    });
    const words = t("save.conflict", { by: theirs.changed_by, file: theirs.file });
    this.#conflict.replaceChildren(make("p", "", words), keep, take);
    this.#conflict.hidden = false;
  }

  #undo(): void {
    const base = this.#shown?.base;
    if (base === null || base === undefined) return;
    this.#editor.replace(base);
    this.#saver?.write(base);
  }

  #say(): void {
    const text = this.#shown;
    if (text === null) return;
    say(this.#name, text.file);
    say(this.#discard, t("file.discard"));
    this.#discard.hidden = this.#draft === null || text.base === null || this.#editor.text === text.base;
    const changed = text.changed_at !== null && text.revision > 0;
    say(this.#who, changed ? t("file.by", { by: text.changed_by, when: moment(Date.parse(text.changed_at ?? ""), Date.now()) }) : "");
    if (this.#draft === null) {
      this.#state.dataset["kind"] = "readonly";
      say(this.#state, t("file.readonly"));
    } else if (this.#saver !== null) this.#sayState(this.#saver.state);
  }
}
