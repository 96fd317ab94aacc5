// Words for what the rules say: keys, values, places in the tree. It must never hide an id behind a name.
import { currentLanguage, named, roman, t, term, type Language } from "../shared/i18n";
import { wordOf } from "../shared/words";
import type { Entry, Value } from "./api";

const SEVERITIES = new Set(["severity", "severity_at_least", "source_at_least"]);
const FEED_KEYS = new Set(["feed", "feeds"]);

/** A key of the language in the reader's words; its own spelling when it is no key of ours, such as a place's name. */
export function keyWord(key: string): string {
  return wordOf(`key.${key}`, currentLanguage()) ?? key;
}

export function valueWord(key: string, value: Value): string {
  if (value.name !== null) return named(value.name, value.text);
  if (SEVERITIES.has(key)) return severityWord(value.text);
  if (FEED_KEYS.has(key)) return term("feed", value.text);
  if (key === "basis") return term("basis.short", value.text);
  if (key === "kind") return wordOf(`section.${value.text}`, currentLanguage()) ?? wordOf(`deadline.${value.text}`, currentLanguage()) ?? value.text;
  return wordOf(`value.${value.text}`, currentLanguage()) ?? value.text;
}

/** `II` as “II 严重”. */
export function severityWord(level: string): string {
  const number = ["I", "II", "III", "IV"].indexOf(level) + 1;
  return number > 0 ? `${level} ${term("severity", number)}` : level;
}

export function severityOf(number: number): string {
  return `${roman(number)} ${term("severity", number)}`;
}

/** A branch of the tree in the reader's words. */
export function labelWord(label: string): string {
  const language: Language = currentLanguage();
  for (const group of ["group", "section", "feed"]) {
    const word = wordOf(`${group}.${label}`, language);
    if (word !== undefined) return word;
  }
  return label;
}

/** What a rule is called in a list: its name, else what it is for. */
export function entryLabel(entry: Entry): string {
  return named(entry.name, entry.about || entry.id);
}

export function placeOf(entry: Entry): string {
  return t("detail.where", { file: entry.file, line: entry.line });
}
