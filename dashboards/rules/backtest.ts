// What a draft would have made of the past. It must never say which of two rulebooks is right.
import { make } from "../shared/dom";
import { count, currentLanguage, moment, t } from "../shared/i18n";
import { wordOf } from "../shared/words";
import type { AspectChanges, Backtest } from "./api";
import type { NameOf } from "./results";

export function backtestView(found: Backtest, nameOf: NameOf): HTMLElement {
  const now = Date.now();
  const words = {
    reports: count(found.reports),
    since: moment(Date.parse(found.since), now),
    incidents: count(found.incidents_before),
    changed: count(found.incidents_changed),
  };
  const head = make("p", found.incidents_changed > 0 ? "" : "good", t("backtest.all", words));
  const cut = found.truncated ? [make("p", "quiet", t("backtest.truncated"))] : [];
  return make("div", "results", head, ...cut, ...found.changes.filter((one) => one.count > 0).map((one) => aspectView(one, nameOf)));
}

function aspectView(changes: AspectChanges, nameOf: NameOf): HTMLElement {
  const title = wordOf(`backtest.${changes.aspect}`, currentLanguage()) ?? changes.aspect;
  const rules = changes.rules.map((pair) => make("li", "", `${pair.before} → ${pair.after}`, make("span", "quiet", count(pair.count))));
  const examples = changes.examples.map((one) => {
    const link = make("a", "", one.title || one.id);
    link.href = `/#incident=${encodeURIComponent(one.id)}`;
    link.target = "_blank";
    link.rel = "noopener";
    return make("li", "", link, make("span", "before", nameOf(one.before)), make("span", "", "→"), make("span", "after", nameOf(one.after)));
  });
  const heading = make("h3", "", title, make("span", "quiet", t("backtest.count", { n: count(changes.count) })));
  return make("section", "aspect", heading, make("ul", "pairs", ...rules), make("ul", "examples", ...examples));
}
