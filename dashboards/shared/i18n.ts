// The reader's language, and times and numbers said in it. It must never decide what is said, only how.
import type { Name } from "./api";
import { type Language, type WordKey, wordOf } from "./words";

export type { Language } from "./words";

const SLOT = "tongguan.language";
let language: Language = "zh";
let zone = "Asia/Shanghai";
const listeners: (() => void)[] = [];

/** `?lang=` wins over what was chosen before; Chinese when neither says. */
export function startLanguage(search: string, stored: string | null): Language {
  const asked = new URLSearchParams(search).get("lang") ?? stored;
  language = asked === "en" ? "en" : "zh";
  return language;
}

export function storedLanguage(): string | null {
  return localStorage.getItem(SLOT);
}

export function currentLanguage(): Language {
  return language;
}

export function setLanguage(next: Language): void {
  language = next;
  localStorage.setItem(SLOT, next);
  for (const listener of listeners) listener();
}

export function onLanguage(listener: () => void): void {
  listeners.push(listener);
}

export function setZone(timezone: string): void {
  zone = timezone;
  formats.clear();
}

export function t(key: WordKey, values: Record<string, string | number> = {}): string {
  const text = wordOf(key, language) ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** A word of an enum of the hub; the enum's own value when the screen does not know it. */
export function term(group: string, value: string | number): string {
  return wordOf(`${group}.${value}`, language) ?? String(value);
}

export function named(name: Name | null | undefined, otherwise: string): string {
  return name ? name[language] || name.zh || otherwise : otherwise;
}

/** A district's name where room is scarce: English drops the word for its kind. */
export function shortName(name: Name | null | undefined, otherwise: string): string {
  return named(name, otherwise).replace(/ (County|District|City)$/, "");
}

/** How many told of an incident; nobody did of one that a pattern opened. */
export function reportsIn(n: number): string {
  if (n === 0) return t("list.perceived");
  return n === 1 ? t("list.report") : t("list.reports", { n: count(n) });
}

export function count(value: number): string {
  return value.toLocaleString("en-US");
}

const ROMAN = ["", "I", "II", "III", "IV"];
export function roman(severity: number): string {
  return ROMAN[severity] ?? String(severity);
}

/** A span in its two largest units: 3 天 4 时, 2 小时 05 分, 12 分, 40 秒. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  const zh = language === "zh";
  if (days > 0) return zh ? `${days} 天 ${hours % 24} 时` : `${days} d ${hours % 24} h`;
  if (hours > 0) return zh ? `${hours} 时 ${minutes % 60} 分` : `${hours} h ${minutes % 60} min`;
  if (minutes > 0) return zh ? `${minutes} 分` : `${minutes} min`;
  return zh ? `${seconds} 秒` : `${seconds} s`;
}

export function ago(ms: number): string {
  return ms < 5_000 ? t("ago.now") : t("ago", { time: span(ms) });
}

export function dueWords(dueMs: number | null, nowMs: number): { text: string; over: boolean } {
  if (dueMs === null) return { text: t("due.none"), over: false };
  const left = dueMs - nowMs;
  return left >= 0
    ? { text: t("due.left", { time: span(left) }), over: false }
    : { text: t("due.over", { time: span(-left) }), over: true };
}

const formats = new Map<string, Intl.DateTimeFormat>();

function format(name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${language} ${name}`;
  let made = formats.get(key);
  if (made === undefined) {
    made = new Intl.DateTimeFormat(language === "zh" ? "zh-CN" : "en-GB", { timeZone: zone, hourCycle: "h23", ...options });
    formats.set(key, made);
  }
  return made;
}

export function clock(ms: number): string {
  return format("clock", { hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(ms);
}

export function day(ms: number): string {
  return format("day", { year: "numeric", month: "long", day: "numeric", weekday: "long" }).format(ms);
}

/** A moment as short as it is clear: the time today, with the date on other days. */
export function moment(ms: number, nowMs: number): string {
  const date = format("date", { year: "numeric", month: "2-digit", day: "2-digit" });
  const time = format("time", { hour: "2-digit", minute: "2-digit" }).format(ms);
  if (date.format(ms) === date.format(nowMs)) return time;
  return `${format("short", { month: "2-digit", day: "2-digit" }).format(ms)} ${time}`;
}
