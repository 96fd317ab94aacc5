// The second list of a wide wall: what is overdue or soon will be. It must never depend on the reader's filters.
import type { City } from "../shared/api";
import { count, t } from "../shared/i18n";
import type { Entry } from "../shared/store";
import { make, say } from "../shared/dom";
import { createRow, fillRow } from "./row";
import { Rows } from "./rows";

export const SOON_MS = 2 * 3_600_000;

export class UrgentList {
  readonly rows: Rows;
  readonly #title = make("h2");
  readonly #counted = make("span", "counted");
  readonly #empty = make("p", "empty");
  #city: City | null = null;

  constructor(host: HTMLElement, open: (id: string) => void, serverNow: () => number) {
    this.rows = new Rows({ create: createRow, fill: (row, entry) => fillRow(row, entry, this.#city, serverNow(), false), open }, "urgent");
    host.append(make("div", "panel-head", this.#title, this.#counted), make("div", "rows-frame", this.rows.element, this.#empty));
  }

  setCity(city: City): void {
    this.#city = city;
  }

  show(order: readonly Entry[]): void {
    this.rows.show(order);
    this.#empty.hidden = order.length > 0;
    say(this.#counted, count(order.length));
    this.say();
  }

  say(): void {
    say(this.#title, t("panel.urgent"));
    say(this.#empty, t("list.nothingUrgent"));
    this.rows.element.setAttribute("aria-label", t("panel.urgent"));
    this.rows.refresh();
  }
}
