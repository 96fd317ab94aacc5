// The head of the wall: city, clock, trust, switches. It must never say live when it is not.
import type { City } from "../shared/api";
import { clock, count, currentLanguage, day, named, setLanguage, span, t } from "../shared/i18n";
import type { Trust } from "../shared/trust";
import { button, find, make, say, toggle } from "../shared/dom";

export class Header {
  readonly #city = make("span", "head-city");
  readonly #product = make("span", "head-product");
  readonly #day = make("span", "head-day");
  readonly #clock = make("span", "head-clock");
  readonly #link = make("span", "link-text");
  readonly #linkBox: HTMLElement;
  readonly #language: HTMLButtonElement;
  readonly #full: HTMLButtonElement;
  readonly #banner = find("banner");
  readonly #wall = find("wall");
  #name: City["name"] | null = null;

  constructor(host: HTMLElement) {
    const mark = make("img", "mark");
    mark.src = "./icon.svg";
    mark.alt = "";
    this.#linkBox = make("div", "link", make("i"), this.#link);
    this.#linkBox.setAttribute("role", "status");
    this.#language = button("icon language", "", () => setLanguage(currentLanguage() === "zh" ? "en" : "zh"));
    this.#full = button("icon full", "", () => void fullScreen());
    this.#full.append(make("i"));
    const title = make("h1", "head-title", this.#city, this.#product, make("span", "head-brand", "统管 Tongguan"));
    host.append(mark, title, this.#linkBox, make("div", "head-time", this.#day, this.#clock), this.#language, this.#full);
    document.addEventListener("keydown", (event) => {
      if (event.key === "f" && !(event.target instanceof HTMLInputElement)) void fullScreen();
    });
  }

  setCity(city: City): void {
    this.#name = city.name;
    this.say();
  }

  say(): void {
    say(this.#city, named(this.#name, ""));
    say(this.#product, t("product"));
    say(this.#language, t("language"));
    this.#language.title = t("language.title");
    this.#full.title = t("fullscreen");
    this.#full.setAttribute("aria-label", t("fullscreen"));
    document.documentElement.lang = currentLanguage() === "zh" ? "zh-CN" : "en";
    document.title = `${named(this.#name, "统管")} · ${t("product")}`;
  }

  tick(serverNow: number): void {
    say(this.#day, day(serverNow));
    say(this.#clock, clock(serverNow));
  }

  trust(trust: Trust, everConnected: boolean): void {
    const seconds = running(trust.seconds);
    this.#linkBox.dataset["level"] = trust.level;
    this.#wall.dataset["trust"] = trust.level;
    say(this.#link, trust.level === "live" ? t("link.live") : t(`link.${trust.level}`, { seconds }));
    const parts = trust.parts.map((item) => t(`part.${item.part}`, { seconds: running(item.seconds) })).join("；");
    const message =
      trust.level === "stale" ? t("banner.stale", { parts }) : trust.level === "reconnecting" && everConnected ? t("banner.reconnecting", { seconds }) : "";
    this.#banner.hidden = message === "";
    toggle(this.#banner, "lost", trust.level === "reconnecting");
    say(this.#banner, message);
  }
}

/** Seconds as they run for the first two minutes, so that a reader sees them move; then the larger units. */
function running(seconds: number): string {
  if (seconds >= 120) return span(seconds * 1000);
  return currentLanguage() === "zh" ? `${count(seconds)} 秒` : `${count(seconds)} s`;
}

async function fullScreen(): Promise<void> {
  try {
    if (document.fullscreenElement) await document.exitFullscreen();
    else await document.documentElement.requestFullscreen();
  } catch {
    // A kiosk that is full screen already refuses; nothing is lost.
  }
}
