// The left side: search, the tree of the rules, the files. It must never load a rule by itself.
import { button, make, say, toggle } from "../shared/dom";
import { onLanguage, t } from "../shared/i18n";
import type { DraftFile, Entry, RuleList } from "./api";
import { type Branch, rootOf, treeOf } from "./grouping";
import { entryLabel, labelWord } from "./words";

export interface SideEvents {
  open(entry: Entry): void;
  openFile(file: string): void;
  search(query: string): void;
}

const PAUSE_MS = 150;
const SHOWN = 300;

export class Side {
  readonly #input = make("input", "search");
  readonly #status = make("p", "found");
  readonly #tree = make("div", "tree");
  #list: RuleList | null = null;
  #found: RuleList | null = null;
  #files: readonly DraftFile[] = [];
  #selected: Entry | null = null;
  #file: string | null = null;
  readonly #open = new Set<string>(["duties/", "routing.yaml"]);
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(
    host: HTMLElement,
    readonly events: SideEvents,
  ) {
    this.#input.type = "search";
    this.#input.id = "search";
    this.#input.autocomplete = "off";
    this.#status.setAttribute("role", "status");
    this.#input.addEventListener("input", () => {
      if (this.#timer !== null) clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.events.search(this.#input.value.trim()), PAUSE_MS);
    });
    this.#input.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown") this.#step(1, event);
      if (event.key === "Escape") this.clear();
    });
    this.#tree.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown") this.#step(1, event);
      if (event.key === "ArrowUp") this.#step(-1, event);
    });
    host.append(this.#input, this.#status, this.#tree);
    onLanguage(() => this.#draw());
  }

  get query(): string {
    return this.#input.value.trim();
  }

  focus(): void {
    this.#input.focus();
    this.#input.select();
  }

  clear(): void {
    this.#input.value = "";
    this.events.search("");
  }

  setRules(list: RuleList, files: readonly DraftFile[]): void {
    this.#list = list;
    this.#files = files;
    this.#draw();
  }

  setFound(found: RuleList | null): void {
    this.#found = found;
    this.#draw();
  }

  select(entry: Entry | null, file: string | null): void {
    this.#selected = entry;
    this.#file = file;
    this.#markSelected();
  }

  #draw(): void {
    this.#input.placeholder = t("rules.search");
    this.#input.setAttribute("aria-label", t("rules.search"));
    this.#tree.setAttribute("aria-label", t("rules.tree"));
    this.#tree.setAttribute("role", "group");
    const keep = this.#tree.scrollTop;
    if (this.#found !== null) this.#drawFound(this.#found);
    else if (this.#list !== null) this.#drawTree(this.#list);
    this.#tree.scrollTop = keep;
    this.#markSelected();
  }

  #drawFound(found: RuleList): void {
    const shown = found.items.slice(0, SHOWN);
    const words = { n: found.total, shown: shown.length };
    say(this.#status, found.total === 0 ? t("rules.none") : t(shown.length < found.total ? "rules.found.more" : "rules.found", words));
    this.#tree.replaceChildren(...shown.map((entry) => this.#entry(entry, true)));
  }

  #drawTree(list: RuleList): void {
    say(this.#status, "");
    const files = make("details", "branch");
    files.append(make("summary", "", make("span", "", t("group.files")), make("span", "size", String(list.files.length))));
    files.open = this.#open.has("files");
    files.addEventListener("toggle", () => this.#remember("files", files.open));
    files.append(...list.files.map(({ file }) => this.#fileButton(file)));
    this.#tree.replaceChildren(...treeOf(list.items).map((branch) => this.#branch(branch)), files);
  }

  #branch(branch: Branch): HTMLElement {
    const element = make("details", "branch");
    element.append(make("summary", "", make("span", "", labelWord(branch.label)), make("span", "size", String(branch.size))));
    const fill = (): void => {
      if (element.childElementCount > 1) return;
      element.append(...branch.branches.map((inner) => this.#branch(inner)), ...branch.entries.map((entry) => this.#entry(entry, false)));
      this.#markSelected();
    };
    // Thousands of rules are drawn only where somebody looks.
    element.open = this.#open.has(branch.key);
    if (element.open) fill();
    element.addEventListener("toggle", () => {
      if (element.open) fill();
      this.#remember(branch.key, element.open);
    });
    return element;
  }

  #entry(entry: Entry, found: boolean): HTMLElement {
    const element = button("entry", "", () => this.events.open(entry));
    element.dataset["place"] = `${entry.file}|${entry.section}|${entry.id}`;
    const where = found ? `${labelWord(rootOf(entry.file))} · ${entry.id}` : entry.id;
    element.append(make("span", "entry-name", entryLabel(entry)), make("span", "entry-id", where));
    return element;
  }

  #fileButton(file: string): HTMLElement {
    const element = button("entry file", "", () => this.events.openFile(file));
    element.dataset["file"] = file;
    const changed = this.#files.find((known) => known.file === file)?.changed ?? false;
    element.append(make("span", "entry-name", file), make("span", changed ? "changed-mark" : "", changed ? t("file.changed") : ""));
    return element;
  }

  #remember(key: string, open: boolean): void {
    if (open) this.#open.add(key);
    else this.#open.delete(key);
  }

  #markSelected(): void {
    const entry = this.#selected;
    const place = entry === null ? "" : `${entry.file}|${entry.section}|${entry.id}`;
    for (const element of this.#tree.querySelectorAll<HTMLElement>(".entry")) {
      const on = (place !== "" && element.dataset["place"] === place) || (this.#file !== null && element.dataset["file"] === this.#file);
      toggle(element, "selected", on);
      if (on) element.setAttribute("aria-current", "true");
      else element.removeAttribute("aria-current");
    }
  }

  #step(by: number, event: KeyboardEvent): void {
    const all = [...this.#tree.querySelectorAll<HTMLElement>("summary, .entry")].filter((element) => element.offsetParent !== null);
    const at = all.indexOf(document.activeElement as HTMLElement);
    const next = all[at + by];
    if (next !== undefined) next.focus();
    else if (by < 0) this.#input.focus();
    event.preventDefault();
  }
}
