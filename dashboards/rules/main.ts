// Wires the rules page: the tree, the rule or the file, the draft, trying. It must never decide what a panel shows.
import "./page.css";
import "./middle.css";
import { ApiProblem, fetchCity } from "../shared/api";
import { find } from "../shared/dom";
import { onLanguage, setZone, startLanguage, storedLanguage, t } from "../shared/i18n";
import { askKey } from "../shared/key";
import { api, type Entry, type RuleList } from "./api";
import { entryOfId } from "./detail";
import { ask } from "./dialogs";
import { Head, storeAuthor, storedAuthor } from "./head";
import { Middle } from "./middle";
import { Past } from "./past";
import { Side } from "./side";
import { TryPanel } from "./trying";
import { entryLabel } from "./words";
import { Workbench } from "./workbench";

const LOOK_MS = 5_000;

class Desk {
  #list: RuleList | null = null;
  #selected: Entry | null = null;
  #searches = 0;
  readonly #head: Head;
  readonly #side: Side;
  readonly #middle: Middle;
  readonly #try: TryPanel;
  readonly #bench: Workbench;
  readonly #past: Past;

  constructor() {
    const failed = (error: unknown): string => this.#failed(error);
    this.#head = new Head(find("head"), { choose: (draft) => void this.#choose(draft), begin: () => void this.#begin(), history: () => void this.#past.show() });
    this.#side = new Side(find("side"), {
      open: (entry) => void this.#open(entry),
      openFile: (file) => void this.#openFile(file, 1),
      search: (query) => void this.#search(query),
    });
    this.#middle = new Middle(find("middle"), { failed, saved: () => void this.#bench.look(), author: storedAuthor });
    this.#bench = new Workbench(this.#middle, {
      failed,
      jump: (file, line, column) => void this.#openFile(file, line, column),
      nameOf: (id) => this.#nameOf(id),
      left: () => void this.#choose(null),
      changed: () => void this.#reread(),
    });
    this.#past = new Past(this.#middle, { failed, replaced: () => void this.#reread() });
    this.#try = new TryPanel(find("try"), {
      draft: () => this.#bench.id,
      ready: () => this.#middle.flush(),
      follow: (rule) => this.#follow(rule),
      failed,
    });
  }

  async start(): Promise<void> {
    onLanguage(() => this.#say());
    this.#say();
    document.addEventListener("keydown", (event) => {
      const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement;
      if ((event.key === "/" && !typing && !this.#middle.typing) || (event.key === "k" && event.ctrlKey)) {
        event.preventDefault();
        this.#side.focus();
      }
    });
    window.addEventListener("beforeunload", (event) => {
      if (this.#middle.dirty) event.preventDefault();
    });
    const asked = new URLSearchParams(location.hash.slice(1));
    await this.#readCity();
    await this.#choose(asked.get("draft"));
    const [file, section, id] = (asked.get("rule") ?? "").split("|");
    const entry = this.#list?.items.find((one) => one.file === file && one.section === section && one.id === id);
    if (entry !== undefined) await this.#open(entry);
    setInterval(() => {
      if (document.hidden) return;
      void this.#bench.look();
      void this.#past.look();
    }, LOOK_MS);
  }

  async #readCity(): Promise<void> {
    try {
      const city = await fetchCity();
      setZone(city.timezone);
      this.#head.setCity(city);
      this.#try.setCity(city);
    } catch (error) {
      this.#middle.problem(this.#failed(error));
    }
  }

  /** Looks at a draft, or at the active rules. */
  async #choose(draft: string | null): Promise<void> {
    await this.#middle.flush();
    this.#middle.close();
    this.#selected = null;
    try {
      await this.#bench.open(draft);
    } catch (error) {
      this.#middle.problem(error instanceof ApiProblem && error.status === 404 ? t("draft.gone") : this.#failed(error));
      await this.#bench.open(null);
    }
    this.#middle.say();
    await this.#reread();
    this.#address();
  }

  async #reread(): Promise<void> {
    try {
      const [list, drafts] = await Promise.all([api.rules(this.#bench.id), api.drafts()]);
      this.#list = list;
      this.#head.set(list.version, drafts.items, this.#bench.id);
      this.#side.setRules(list, this.#bench.files);
      this.#try.stale();
      if (this.#side.query) await this.#search(this.#side.query);
    } catch (error) {
      const nobody = error instanceof ApiProblem && error.status === 404;
      this.#middle.problem(nobody ? t("rules.nobodykeeps") : this.#failed(error));
    }
  }

  async #search(query: string): Promise<void> {
    const mine = ++this.#searches;
    if (query === "") {
      this.#side.setFound(null);
      return;
    }
    try {
      const found = await api.rules(this.#bench.id, query);
      if (mine === this.#searches) this.#side.setFound(found);
    } catch (error) {
      this.#middle.problem(this.#failed(error));
    }
  }

  async #open(entry: Entry): Promise<void> {
    this.#selected = entry;
    this.#side.select(entry, null);
    this.#address();
    await this.#middle.showRule(entry, this.#bench.id, {
      editable: this.#bench.id !== null,
      openFile: (file, line) => void this.#openFile(file, line),
      follow: (id) => this.#follow(id),
    });
  }

  async #openFile(file: string, line: number, column = 1): Promise<void> {
    if (this.#bench.id !== null) await this.#askAuthor();
    this.#side.select(this.#selected?.file === file ? this.#selected : null, file);
    await this.#middle.showFile(file, this.#bench.id, line, column);
    this.#middle.mark(this.#bench.findings);
  }

  #follow(id: string): (() => void) | null {
    const items = this.#list?.items ?? [];
    const entry = items.find((one) => one.id === id && one.name === null) ?? entryOfId(items, id) ?? listed(items, id);
    return entry === null ? null : () => void this.#open(entry);
  }

  #nameOf(id: string): string {
    const entry = entryOfId(this.#list?.items ?? [], id);
    return entry === null ? id : `${entryLabel(entry)} ${id}`;
  }

  /** Whoever writes in a draft says who they are, once a browser. */
  async #askAuthor(): Promise<void> {
    if (storedAuthor()) return;
    const answer = await ask({ title: t("rules.author.ask"), lead: t("rules.author.lead"), author: "", go: t("rules.author.keep") });
    if (answer !== null) storeAuthor(answer.author);
  }

  async #begin(): Promise<void> {
    const answer = await ask({
      title: t("rules.new"),
      lead: t("draft.begin.lead"),
      field: { label: t("draft.name"), hint: t("draft.name.hint"), max: 100 },
      author: storedAuthor(),
      go: t("draft.begin"),
    });
    if (answer === null) return;
    storeAuthor(answer.author);
    const selected = this.#selected;
    try {
      const draft = await api.open(answer.text, answer.author);
      await this.#choose(draft.id);
      if (selected !== null) await this.#open(selected);
    } catch (error) {
      this.#middle.problem(this.#failed(error));
    }
  }

  #address(): void {
    const said = new URLSearchParams();
    if (this.#bench.id !== null) said.set("draft", this.#bench.id);
    if (this.#selected !== null) said.set("rule", `${this.#selected.file}|${this.#selected.section}|${this.#selected.id}`);
    history.replaceState(null, "", said.size > 0 ? `#${said}` : location.pathname + location.search);
  }

  #say(): void {
    this.#middle.say();
    this.#bench.say();
  }

  #failed(error: unknown): string {
    if (error instanceof ApiProblem && error.status === 401) askKey(() => location.reload());
    return t("rules.failed", { detail: error instanceof ApiProblem ? error.detail : t("rules.unreachable") });
  }
}

/** The subclass of the duty list behind a route or a limit of its own, such as `clause-event-0501.1`. */
function listed(items: readonly Entry[], id: string): Entry | null {
  const found = /^(?:duty-|clause-)?(component|event|service)-([0-9A-Za-z]+)(?:\.\d+)?$/.exec(id);
  if (found !== null) {
    const [, kind, code] = found;
    return items.find((one) => one.file === `duties/${kind}.yaml` && one.id === code) ?? null;
  }
  const category = id.replace(/^duty-/, "");
  return items.find((one) => one.file === "duties.yaml" && one.id === category) ?? null;
}

startLanguage(location.search, storedLanguage());
void new Desk().start();
