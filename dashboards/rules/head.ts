// The head of the page: which rules are shown, who writes, the language. It must never switch a draft by itself.
import type { City } from "../shared/api";
import { button, make, say } from "../shared/dom";
import { currentLanguage, named, onLanguage, setLanguage, t } from "../shared/i18n";
import type { Draft } from "./api";

export interface HeadEvents {
  choose(draft: string | null): void;
  begin(): void;
  history(): void;
}

const AUTHOR = "tongguan.author";

export class Head {
  readonly #title = make("h1", "");
  readonly #version: HTMLButtonElement;
  readonly #choice = make("select", "draft-choice");
  readonly #begin: HTMLButtonElement;
  readonly #language: HTMLButtonElement;
  readonly #wall = make("a", "button");
  #city: City | null = null;
  #active = "";
  #drafts: readonly Draft[] = [];
  #draft: string | null = null;

  constructor(host: HTMLElement, events: HeadEvents) {
    this.#choice.addEventListener("change", () => events.choose(this.#choice.value || null));
    this.#begin = button("primary", "", () => events.begin());
    this.#version = button("version", "", () => events.history());
    this.#language = button("button", "", () => setLanguage(currentLanguage() === "zh" ? "en" : "zh"));
    this.#wall.href = "/";
    const mark = make("img", "mark");
    mark.src = "/icon.svg";
    mark.alt = "";
    host.append(mark, this.#title, this.#version, make("span", "gap"), this.#choice, this.#begin, this.#wall, this.#language);
    onLanguage(() => this.#say());
    this.#say();
  }

  setCity(city: City): void {
    this.#city = city;
    this.#say();
  }

  set(active: string, drafts: readonly Draft[], draft: string | null): void {
    this.#active = active;
    this.#drafts = drafts;
    this.#draft = draft;
    this.#say();
  }

  #say(): void {
    const city = named(this.#city?.name, "");
    say(this.#title, [city, t("rules.title")].filter(Boolean).join(" "));
    this.#version.title = t("history.show");
    say(this.#version, this.#active ? `${t("rules.active")} ${this.#active}` : "");
    const options = [option("", t("rules.browse")), ...this.#drafts.map((draft) => option(draft.id, `${t("rules.draft")}：${draft.title}`))];
    this.#choice.replaceChildren(...options);
    this.#choice.value = this.#draft ?? "";
    this.#choice.setAttribute("aria-label", t("rules.draft"));
    say(this.#begin, t("rules.new"));
    say(this.#wall, t("rules.wall"));
    say(this.#language, t("language"));
    this.#language.title = t("language.title");
    document.documentElement.lang = currentLanguage() === "zh" ? "zh-CN" : "en";
    document.title = `${city || "统管"} · ${t("rules.title")}`;
  }
}

export function storedAuthor(): string {
  return localStorage.getItem(AUTHOR) ?? "";
}

export function storeAuthor(name: string): void {
  localStorage.setItem(AUTHOR, name);
}

function option(value: string, label: string): HTMLOptionElement {
  const element = make("option", "", label);
  element.value = value;
  return element;
}
