// A list of thousands that draws only the rows in sight and holds still under the reader. It must never grow with the city.
import type { Entry } from "../shared/store";
import { make, toggle } from "../shared/dom";
import { scaleOf } from "./paint";

const ROW_PX = 100;
const SPARE = 3;

export interface RowDrawer {
  readonly create: () => HTMLElement;
  readonly fill: (row: HTMLElement, entry: Entry) => void;
  readonly open: (id: string) => void;
}

export class Rows {
  readonly element: HTMLElement;
  readonly #space = make("div", "rows-space");
  readonly #rows: HTMLElement[] = [];
  #order: readonly Entry[] = [];
  /** Where the keyboard stands; stays when a story is closed. */
  #cursor: string | null = null;
  #chosen: string | null = null;
  #hovered = false;
  #asked = 0;
  /** Called when what is hidden above the view changes. */
  onAbove: (n: number) => void = () => undefined;

  constructor(
    private readonly drawer: RowDrawer,
    private readonly prefix: string,
  ) {
    this.element = make("div", "rows", this.#space);
    this.element.tabIndex = 0;
    this.element.setAttribute("role", "listbox");
    this.element.addEventListener("scroll", () => this.#ask());
    this.element.addEventListener("keydown", (event) => this.#key(event));
    this.element.addEventListener("click", (event) => this.#click(event));
    this.element.addEventListener("mouseenter", () => (this.#hovered = true));
    this.element.addEventListener("mouseleave", () => (this.#hovered = false));
    new ResizeObserver(() => this.#ask()).observe(this.element);
  }

  /** Takes a new order. When the reader has scrolled, points at or steps through the rows, the row they see stays where it is. */
  show(order: readonly Entry[]): void {
    const height = rowHeight();
    const top = this.element.scrollTop;
    const held = top > 0 || this.#hovered || (document.activeElement === this.element && this.#cursor !== null);
    const anchor = held ? this.#order[Math.floor(top / height)] : undefined;
    const offset = top % height;
    this.#order = order;
    this.#space.style.height = `${order.length * height}px`;
    if (anchor !== undefined) {
      const index = order.findIndex((entry) => entry.card.id === anchor.card.id);
      if (index >= 0) this.element.scrollTop = index * height + offset;
    }
    // Within an animation frame already: the next one would be late.
    this.#draw();
  }

  /** Marks a row as chosen without moving the list. */
  mark(id: string | null): void {
    this.#chosen = id;
    if (id !== null) this.#cursor = id;
    this.#ask();
  }

  toTop(): void {
    this.element.scrollTop = 0;
    this.#hovered = false;
    this.#ask();
  }

  /** Draws again as it is, because time or language went on. */
  refresh(): void {
    this.#ask();
  }

  /** The neighbour of an entry in the order shown. */
  neighbour(id: string, step: number): string | null {
    const index = this.#order.findIndex((entry) => entry.card.id === id);
    return this.#order[index + step]?.card.id ?? null;
  }

  #ask(): void {
    if (this.#asked === 0) this.#asked = requestAnimationFrame(() => this.#draw());
  }

  #draw(): void {
    cancelAnimationFrame(this.#asked);
    this.#asked = 0;
    const height = rowHeight();
    const first = Math.max(0, Math.floor(this.element.scrollTop / height) - SPARE);
    const wanted = Math.min(this.#order.length - first, Math.ceil(this.element.clientHeight / height) + 2 * SPARE);
    while (this.#rows.length < wanted) this.#rows.push(this.#addRow());
    this.#rows.forEach((row, index) => {
      const entry = index < wanted ? this.#order[first + index] : undefined;
      row.hidden = entry === undefined;
      if (entry === undefined) return;
      const y = `translateY(${(first + index) * height}px)`;
      if (row.style.transform !== y) row.style.transform = y;
      if (row.dataset["id"] !== entry.card.id) {
        row.dataset["id"] = entry.card.id;
        row.id = `${this.prefix}-${entry.card.id}`;
      }
      row.setAttribute("aria-selected", String(entry.card.id === this.#chosen));
      toggle(row, "cursor", entry.card.id === this.#cursor);
      row.setAttribute("aria-setsize", String(this.#order.length));
      row.setAttribute("aria-posinset", String(first + index + 1));
      this.drawer.fill(row, entry);
    });
    if (this.#cursor === null) this.element.removeAttribute("aria-activedescendant");
    else this.element.setAttribute("aria-activedescendant", `${this.prefix}-${this.#cursor}`);
    this.onAbove(Math.floor((this.element.scrollTop + height / 2) / height));
  }

  #addRow(): HTMLElement {
    const row = this.drawer.create();
    row.setAttribute("role", "option");
    this.#space.append(row);
    return row;
  }

  #click(event: Event): void {
    const row = (event.target as Element).closest<HTMLElement>("[data-id]");
    const id = row?.dataset["id"];
    if (id !== undefined) this.drawer.open(id);
  }

  #key(event: KeyboardEvent): void {
    const page = Math.max(1, Math.floor(this.element.clientHeight / rowHeight()) - 1);
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    const step = steps[event.key];
    if (step !== undefined) {
      event.preventDefault();
      this.#step(step);
    } else if ((event.key === "Enter" || event.key === " ") && this.#cursor !== null) {
      event.preventDefault();
      this.drawer.open(this.#cursor);
    }
  }

  #step(step: number): void {
    const last = this.#order.length - 1;
    if (last < 0) return;
    const at = this.#order.findIndex((entry) => entry.card.id === this.#cursor);
    const next = at < 0 ? 0 : Math.max(0, Math.min(last, at + step));
    this.#cursor = this.#order[next]?.card.id ?? null;
    const height = rowHeight();
    const { scrollTop, clientHeight } = this.element;
    if (next * height < scrollTop) this.element.scrollTop = next * height;
    else if ((next + 1) * height > scrollTop + clientHeight) this.element.scrollTop = (next + 1) * height - clientHeight;
    this.#ask();
  }
}

function rowHeight(): number {
  return ROW_PX * scaleOf();
}
