// The map's one canvas: districts, then incidents, then names. It must never make an element for an incident: thousands may be live.
import L from "leaflet";
import type { Entry } from "../shared/store";
import { type Bubble, bubbleRadius, CELL_PX, type Dot, gather, type Placed } from "./clusters";
import { GROUND } from "./colours";
import type { Districts } from "./districts";
import { paintIncidents, RADII, scaleOf } from "./paint";

/** Drawn beyond each edge while the view moves, as a share of it, so that a pan does not run into blank. A view that
 * holds still needs none, and costs less than half. */
const MARGIN = 0.3;
/** Least time between two drawings of news while the view moves. */
const MOVING_MS = 250;

export type Hit = { readonly kind: "dot"; readonly entry: Entry } | { readonly kind: "bubble"; readonly bubble: Bubble };

/** One opaque canvas: without a GPU every further layer is blended again for every frame of a pan. */
export class MapCanvas extends L.Layer {
  readonly #canvas = document.createElement("canvas");
  /** The districts as last painted; they change rarely, incidents five times a second. */
  readonly #base = document.createElement("canvas");
  #basePainted = "";
  #placed: readonly Placed[] = [];
  #dots: readonly Dot[] = [];
  #bubbles: readonly Bubble[] = [];
  #selected: string | null = null;
  #origin = L.point(0, 0);
  #size = L.point(0, 0);
  #corner = L.latLng(0, 0);
  #zoom = 0;
  #asked = 0;
  #animating = false;
  #moving = false;
  #drawnMs = 0;

  constructor(private readonly districts: Districts) {
    super();
  }

  override onAdd(map: L.Map): this {
    this._map = map;
    this.#canvas.className = "leaflet-zoom-animated dots";
    map.getPanes().overlayPane.append(this.#canvas);
    map.on("moveend zoomend viewreset resize", this.#settle, this);
    map.on("movestart", this.#widen, this);
    map.on("move", this.#chase, this);
    map.on("zoomanim", this.#animate, this);
    map.on("zoomstart", this.#hold, this);
    this.#draw();
    return this;
  }

  override onRemove(map: L.Map): this {
    map.off("moveend zoomend viewreset resize", this.#settle, this);
    map.off("movestart", this.#widen, this).off("move", this.#chase, this).off("zoomanim", this.#animate, this).off("zoomstart", this.#hold, this);
    cancelAnimationFrame(this.#asked);
    this.#canvas.remove();
    return this;
  }

  /** Draws at once: it is called within an animation frame, and the next one would be a sixtieth of a second late. */
  show(placed: readonly Placed[]): void {
    this.#placed = placed;
    // While the view moves, smoothness comes before news.
    if (!this.#moving || performance.now() - this.#drawnMs > MOVING_MS) this.#draw();
  }

  select(id: string | null): void {
    if (this.#selected === id) return;
    this.#selected = id;
    this.redraw();
  }

  redraw(): void {
    if (this.#asked === 0) this.#asked = requestAnimationFrame(() => this.#draw());
  }

  /** What lies under a point of the map's container; the one on top. */
  hit(at: L.Point): Hit | null {
    const spot = this._map.containerPointToLayerPoint(at).add(this._map.getPixelOrigin()).subtract(this.#origin);
    const scale = scaleOf();
    let best: Hit | null = null;
    let nearest = Infinity;
    for (const dot of this.#dots) {
      const away = Math.hypot(dot.x - spot.x, dot.y - spot.y);
      // Later ones lie on top.
      if (away > nearest || away > (RADII[dot.entry.card.severity] ?? 8) * scale + 5) continue;
      nearest = away;
      best = { kind: "dot", entry: dot.entry };
    }
    if (best !== null) return best;
    const under = this.#bubbles.filter((bubble) => Math.hypot(bubble.x - spot.x, bubble.y - spot.y) <= bubbleRadius(bubble) * scale);
    const top = under.at(-1);
    return top === undefined ? null : { kind: "bubble", bubble: top };
  }

  #widen(): void {
    if (this.#moving) return;
    this.#moving = true;
    this.#draw();
  }

  #hold(): void {
    this.#widen();
    this.#animating = true;
  }

  #settle(event: L.LeafletEvent): void {
    if (event.type !== "resize") this.#animating = this.#moving = false;
    this.#draw();
  }

  /** Redraws during a long drag, before the drawn margin runs out. */
  #chase(): void {
    if (this.#animating) return;
    const size = this._map.getSize();
    const shift = this._map.containerPointToLayerPoint([0, 0]).add(this._map.getPixelOrigin()).subtract(this.#origin);
    const [x, y] = [size.x * MARGIN, size.y * MARGIN];
    if (Math.abs(shift.x - x) > x || Math.abs(shift.y - y) > y) this.redraw();
  }

  #animate(event: L.ZoomAnimEvent): void {
    const map = this._map;
    const pane = L.DomUtil.getPosition(map.getPanes().mapPane);
    const origin = map.project(event.center, event.zoom).subtract(map.getSize().divideBy(2)).add(pane).round();
    const at = map.project(this.#corner, event.zoom).subtract(origin);
    L.DomUtil.setTransform(this.#canvas, at, map.getZoomScale(event.zoom, this.#zoom));
  }

  #draw(): void {
    cancelAnimationFrame(this.#asked);
    this.#asked = 0;
    const map = this._map as L.Map | undefined;
    if (map === undefined || this.#animating) return;
    this.#drawnMs = performance.now();
    const size = map.getSize();
    const margin = size.multiplyBy(this.#moving ? MARGIN : 0).round();
    this.#size = size.add(margin.multiplyBy(2));
    const layerAt = map.containerPointToLayerPoint(L.point(0, 0).subtract(margin)).round();
    this.#zoom = map.getZoom();
    this.#origin = layerAt.add(map.getPixelOrigin());
    this.#corner = map.unproject(this.#origin, this.#zoom);
    const scale = scaleOf();
    const view = { worldPx: L.CRS.EPSG3857.scale(this.#zoom), left: this.#origin.x, top: this.#origin.y, width: this.#size.x, height: this.#size.y };
    const { dots, bubbles } = gather(this.#placed, view, CELL_PX * scale);
    this.#dots = dots;
    this.#bubbles = bubbles;
    const pen = this.#pen(layerAt);
    if (pen === null) return;
    this.#paintBase(pen, view, scale);
    paintIncidents(pen, dots, bubbles, this.#selected, scale);
    this.districts.paintNames(pen, view, scale);
  }

  #paintBase(pen: CanvasRenderingContext2D, view: Parameters<Districts["paint"]>[1], scale: number): void {
    const ratio = ratioOf();
    const now = [view.worldPx, view.left, view.top, view.width, view.height, ratio, this.districts.paintedAs].join();
    if (now !== this.#basePainted) {
      const base = sized(this.#base, this.#size, ratio);
      if (base === null) return;
      base.fillStyle = GROUND;
      base.fillRect(0, 0, view.width, view.height);
      this.districts.paint(base, view, scale);
      this.#basePainted = now;
    }
    pen.drawImage(this.#base, 0, 0, view.width, view.height);
  }

  #pen(layerAt: L.Point): CanvasRenderingContext2D | null {
    const pen = sized(this.#canvas, this.#size, ratioOf());
    this.#canvas.style.width = `${this.#size.x}px`;
    this.#canvas.style.height = `${this.#size.y}px`;
    L.DomUtil.setTransform(this.#canvas, layerAt, 1);
    return pen;
  }
}

function ratioOf(): number {
  return Math.min(2, window.devicePixelRatio || 1);
}

function sized(canvas: HTMLCanvasElement, size: L.Point, ratio: number): CanvasRenderingContext2D | null {
  const [width, height] = [Math.round(size.x * ratio), Math.round(size.y * ratio)];
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const pen = canvas.getContext("2d", { alpha: false });
  pen?.setTransform(ratio, 0, 0, ratio, 0, 0);
  return pen;
}
