// The canvas layer of incidents: dots, bubbles, rings. It must never make an element for an incident: thousands may be live.
import L from "leaflet";
import type { Entry } from "../shared/store";
import { type Bubble, type Dot, gather, type Placed } from "./clusters";
import { INK, OVERDUE_COLOUR, PAPER, SEVERITY_COLOURS } from "./colours";

const RADII: readonly number[] = [0, 13, 11, 8, 6.5];
const CELL_PX = 68;
/** Drawn beyond each edge, as a share of the view, so that a pan does not run into blank. */
const MARGIN = 0.2;
const TURN = Math.PI * 2;
const PANE = "incidents";

export type Hit = { readonly kind: "dot"; readonly entry: Entry } | { readonly kind: "bubble"; readonly bubble: Bubble };

export class DotLayer extends L.Layer {
  readonly #canvas = document.createElement("canvas");
  #placed: readonly Placed[] = [];
  #dots: readonly Dot[] = [];
  #bubbles: readonly Bubble[] = [];
  #selected: string | null = null;
  #origin = L.point(0, 0);
  #corner = L.latLng(0, 0);
  #zoom = 0;
  #asked = 0;
  #animating = false;

  override onAdd(map: L.Map): this {
    this._map = map;
    this.#canvas.className = "leaflet-zoom-animated dots";
    const pane = map.getPane(PANE) ?? map.createPane(PANE);
    // Above the districts, below their names.
    pane.style.zIndex = "450";
    pane.style.pointerEvents = "none";
    pane.append(this.#canvas);
    map.on("moveend zoomend viewreset resize", this.#settle, this);
    map.on("move", this.#chase, this);
    map.on("zoomanim", this.#animate, this);
    map.on("zoomstart", this.#hold, this);
    this.#draw();
    return this;
  }

  override onRemove(map: L.Map): this {
    map.off("moveend zoomend viewreset resize", this.#settle, this);
    map.off("move", this.#chase, this).off("zoomanim", this.#animate, this).off("zoomstart", this.#hold, this);
    cancelAnimationFrame(this.#asked);
    this.#canvas.remove();
    return this;
  }

  show(placed: readonly Placed[]): void {
    this.#placed = placed;
    this.#redraw();
  }

  select(id: string | null): void {
    if (this.#selected === id) return;
    this.#selected = id;
    this.#redraw();
  }

  /** What lies under a point of the map's container; the one on top. */
  hit(at: L.Point): Hit | null {
    const world = this._map.containerPointToLayerPoint(at).add(this._map.getPixelOrigin());
    const scale = scaleOf();
    let best: Hit | null = null;
    let nearest = Infinity;
    for (let i = this.#dots.length - 1; i >= 0; i--) {
      const dot = this.#dots[i];
      if (dot === undefined) continue;
      const away = Math.hypot(dot.x - world.x, dot.y - world.y);
      if (away < nearest && away <= (RADII[dot.entry.card.severity] ?? 8) * scale + 5) {
        nearest = away;
        best = { kind: "dot", entry: dot.entry };
      }
    }
    if (best !== null) return best;
    for (const bubble of [...this.#bubbles].reverse()) {
      if (Math.hypot(bubble.x - world.x, bubble.y - world.y) <= bubbleRadius(bubble) * scale) return { kind: "bubble", bubble };
    }
    return null;
  }

  #hold(): void {
    this.#animating = true;
  }

  #settle(event: L.LeafletEvent): void {
    if (event.type !== "resize") this.#animating = false;
    this.#draw();
  }

  /** Redraws during a long drag, before the drawn margin runs out. */
  #chase(): void {
    if (this.#animating) return;
    const size = this._map.getSize();
    const shift = this._map.containerPointToLayerPoint([0, 0]).add(this._map.getPixelOrigin()).subtract(this.#origin);
    if (Math.abs(shift.x - size.x * MARGIN) > size.x * MARGIN || Math.abs(shift.y - size.y * MARGIN) > size.y * MARGIN) {
      this.#redraw();
    }
  }

  #animate(event: L.ZoomAnimEvent): void {
    const map = this._map;
    const pane = L.DomUtil.getPosition(map.getPanes().mapPane);
    const origin = map.project(event.center, event.zoom).subtract(map.getSize().divideBy(2)).add(pane).round();
    const at = map.project(this.#corner, event.zoom).subtract(origin);
    L.DomUtil.setTransform(this.#canvas, at, map.getZoomScale(event.zoom, this.#zoom));
  }

  #redraw(): void {
    if (this.#asked === 0) this.#asked = requestAnimationFrame(() => this.#draw());
  }

  #draw(): void {
    cancelAnimationFrame(this.#asked);
    this.#asked = 0;
    const map = this._map as L.Map | undefined;
    if (map === undefined || this.#animating) return;
    const size = map.getSize();
    const margin = size.multiplyBy(MARGIN).round();
    const whole = size.add(margin.multiplyBy(2));
    const layerAt = map.containerPointToLayerPoint(L.point(0, 0).subtract(margin)).round();
    this.#zoom = map.getZoom();
    this.#origin = layerAt.add(map.getPixelOrigin());
    this.#corner = map.unproject(this.#origin, this.#zoom);
    const scale = scaleOf();
    const view = { worldPx: map.options.crs?.scale(this.#zoom) ?? 256, left: this.#origin.x - 30, top: this.#origin.y - 30, right: this.#origin.x + whole.x + 30, bottom: this.#origin.y + whole.y + 30 };
    const { dots, bubbles } = gather(this.#placed, view, CELL_PX * scale);
    this.#dots = dots;
    this.#bubbles = bubbles;
    const pen = this.#pen(whole, layerAt);
    if (pen !== null) paint(pen, dots, bubbles, this.#selected, scale);
  }

  #pen(whole: L.Point, layerAt: L.Point): CanvasRenderingContext2D | null {
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    const canvas = this.#canvas;
    const pen = canvas.getContext("2d");
    if (pen === null) return null;
    const [width, height] = [Math.round(whole.x * ratio), Math.round(whole.y * ratio)];
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
      canvas.style.width = `${whole.x}px`;
      canvas.style.height = `${whole.y}px`;
    }
    L.DomUtil.setTransform(canvas, layerAt, 1);
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, width, height);
    pen.setTransform(ratio, 0, 0, ratio, -this.#origin.x * ratio, -this.#origin.y * ratio);
    return pen;
  }
}

/** Pixels of the page's root letter over 16: a 4K wall has larger dots, as it has larger letters. */
export function scaleOf(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
}

function paint(pen: CanvasRenderingContext2D, dots: readonly Dot[], bubbles: readonly Bubble[], selected: string | null, scale: number): void {
  for (const bubble of bubbles) if (bubble.bySeverity[0] === 0) paintBubble(pen, bubble, scale);
  for (const severity of [4, 3, 2, 1]) paintDots(pen, dots.filter((dot) => dot.entry.card.severity === severity), severity, scale);
  for (const bubble of bubbles) if (bubble.bySeverity[0] > 0) paintBubble(pen, bubble, scale);
  const chosen = dots.find((dot) => dot.entry.card.id === selected);
  const holder = chosen ?? bubbles.find((bubble) => bubble.members.some(({ entry }) => entry.card.id === selected));
  if (holder === undefined) return;
  const radius = chosen ? (RADII[chosen.entry.card.severity] ?? 8) + 9 : bubbleRadius(holder as Bubble) + 7;
  pen.lineWidth = 3 * scale;
  pen.strokeStyle = "#ffffff";
  pen.beginPath();
  pen.arc(holder.x, holder.y, radius * scale, 0, TURN);
  pen.stroke();
}

/** One path for all dots of a colour: a path each would take ten times as long. */
function paintDots(pen: CanvasRenderingContext2D, dots: readonly Dot[], severity: number, scale: number): void {
  if (dots.length === 0) return;
  const radius = (RADII[severity] ?? 8) * scale;
  circles(pen, dots.filter((dot) => dot.entry.card.overdue), radius + 4 * scale);
  pen.strokeStyle = OVERDUE_COLOUR;
  pen.lineWidth = 2.5 * scale;
  pen.stroke();
  circles(pen, dots, radius);
  pen.fillStyle = SEVERITY_COLOURS[severity] ?? PAPER;
  pen.fill();
  pen.strokeStyle = INK;
  pen.lineWidth = 1.5 * scale;
  pen.stroke();
  if (severity > 2) return;
  write(pen, severity === 1 ? 16 * scale : 13 * scale, severity === 1 ? "#ffffff" : INK);
  for (const dot of dots) pen.fillText(severity === 1 ? "I" : "II", dot.x, dot.y + scale);
}

function circles(pen: CanvasRenderingContext2D, dots: readonly Dot[], radius: number): void {
  pen.beginPath();
  for (const { x, y } of dots) {
    pen.moveTo(x + radius, y);
    pen.arc(x, y, radius, 0, TURN);
  }
}

export function bubbleRadius(bubble: Bubble): number {
  return 17 + Math.min(15, Math.sqrt(bubble.members.length) * 1.4);
}

function paintBubble(pen: CanvasRenderingContext2D, bubble: Bubble, scale: number): void {
  const radius = bubbleRadius(bubble) * scale;
  pen.beginPath();
  pen.arc(bubble.x, bubble.y, radius, 0, TURN);
  const critical = bubble.bySeverity[0] > 0;
  pen.fillStyle = critical ? (SEVERITY_COLOURS[1] ?? INK) : "rgba(6,16,29,.88)";
  pen.fill();
  pen.lineWidth = 5 * scale;
  let from = -Math.PI / 2;
  bubble.bySeverity.forEach((n, index) => {
    if (n === 0) return;
    const to = from + (n / bubble.members.length) * TURN;
    pen.beginPath();
    pen.arc(bubble.x, bubble.y, radius - 2.5 * scale, from, to);
    pen.strokeStyle = SEVERITY_COLOURS[index + 1] ?? PAPER;
    pen.stroke();
    from = to;
  });
  write(pen, 17 * scale, critical ? "#ffffff" : PAPER);
  pen.fillText(String(bubble.members.length), bubble.x, bubble.y + scale);
  if (bubble.overdue > 0) paintBadge(pen, bubble, radius, scale);
}

function paintBadge(pen: CanvasRenderingContext2D, bubble: Bubble, radius: number, scale: number): void {
  const text = String(bubble.overdue);
  const [x, y] = [bubble.x + radius * 0.78, bubble.y - radius * 0.78];
  const half = (4 + text.length * 4) * scale;
  pen.beginPath();
  pen.roundRect(x - half, y - 9 * scale, half * 2, 18 * scale, 9 * scale);
  pen.fillStyle = OVERDUE_COLOUR;
  pen.fill();
  write(pen, 13 * scale, INK);
  pen.fillText(text, x, y + scale);
}

function write(pen: CanvasRenderingContext2D, px: number, colour: string): void {
  pen.font = `700 ${px}px "Noto Sans SC","Noto Sans CJK SC","Microsoft YaHei",sans-serif`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillStyle = colour;
}
