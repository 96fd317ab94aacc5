// How each district stands, for the wide wall: live, overdue, by severity. It must never rank a district as good.
import type { City } from "../shared/api";
import { count, shortName, t } from "../shared/i18n";
import { SEVERITIES } from "../shared/protocol";
import type { Board } from "../shared/store";
import { make, say, toggle } from "../shared/dom";

interface Row {
  readonly element: HTMLElement;
  readonly name: HTMLElement;
  readonly late: HTMLElement;
  readonly live: HTMLElement;
  readonly segments: readonly HTMLElement[];
}

export class DistrictStanding {
  readonly #title = make("h2");
  readonly #body = make("div", "district-rows");
  readonly #rows = new Map<string, Row>();
  #city: City | null = null;

  constructor(
    host: HTMLElement,
    private readonly choose: (code: string) => void,
  ) {
    host.append(make("div", "panel districts", this.#title, this.#body));
  }

  setCity(city: City): void {
    this.#city = city;
    this.#rows.clear();
    this.#body.replaceChildren(...city.districts.map(({ code }) => this.#row(code)));
  }

  /** Live counts are the hub's; overdue and severities are of the cards on screen. */
  show(board: Board | null, chosen: string | null): void {
    say(this.#title, t("panel.districts"));
    const sums = sumUp(board);
    const live = (code: string): number => board?.tiles.by_district[code] ?? 0;
    const most = Math.max(1, ...[...this.#rows.keys()].map(live));
    for (const { code, name } of this.#city?.districts ?? []) {
      const row = this.#rows.get(code);
      if (row === undefined) continue;
      const sum = sums.get(code) ?? [0, 0, 0, 0, 0];
      const [late = 0, ...bySeverity] = sum;
      say(row.name, shortName(name, code));
      say(row.live, count(live(code)));
      say(row.late, late > 0 ? t("district.late", { n: count(late) }) : "");
      toggle(row.late, "alarm", late > 0);
      toggle(row.element, "chosen", chosen === code);
      const shown = Math.max(1, bySeverity.reduce((a, b) => a + b, 0));
      row.segments.forEach((segment, index) => {
        segment.style.flexBasis = `${(((bySeverity[index] ?? 0) / shown) * live(code) * 100) / most}%`;
      });
    }
  }

  #row(code: string): HTMLElement {
    const segments = SEVERITIES.map((severity) => make("i", `sev-${severity}`));
    const [name, late, live] = [make("span", "district-name"), make("span", "district-late"), make("span", "district-live")];
    const element = make("button", "district", name, late, live, make("span", "district-track", ...segments));
    element.addEventListener("click", () => this.choose(code));
    this.#rows.set(code, { element, name, late, live, segments });
    return element;
  }
}

/** By district: overdue, then severity I to IV. */
function sumUp(board: Board | null): Map<string, number[]> {
  const sums = new Map<string, number[]>();
  for (const { card } of board?.entries.values() ?? []) {
    const sum = sums.get(card.district ?? "") ?? [0, 0, 0, 0, 0];
    sums.set(card.district ?? "", sum);
    if (card.overdue) sum[0] = (sum[0] ?? 0) + 1;
    sum[card.severity] = (sum[card.severity] ?? 0) + 1;
  }
  return sums;
}
