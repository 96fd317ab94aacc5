// The map: districts, incidents, view lock, pulses. It must never move the view that an operator has taken hold of.
import L from "leaflet";
import type { City } from "../shared/api";
import { named, roman, t, term } from "../shared/i18n";
import type { Board, Entry } from "../shared/store";
import type { Placed } from "./clusters";
import { Districts, spotOf } from "./districts";
import { button, CALM, find, make, say } from "../shared/dom";
import { type Hit, MapCanvas } from "./dots";
import { scaleOf } from "./paint";

const MOST_PULSES = 6;
const PULSE_MS = 2_600;
const CLOSEST_ZOOM = 17;
/** Names of districts are moved off crowds at most this often. */
const SEAT_MS = 60_000;

export interface MapEvents {
  readonly pick: (id: string) => void;
  readonly pickMany: (ids: readonly string[]) => void;
  readonly district: (code: string | null) => void;
}

export class CityMap {
  readonly #map: L.Map;
  readonly #districts = new Districts();
  readonly #canvas = new MapCanvas(this.#districts);
  readonly #placed = new Map<string, Placed>();
  readonly #lockNote = make("span", "locked");
  readonly #whole: HTMLButtonElement;
  readonly #placeless = make("span", "placeless");
  readonly #legend = find("legend");
  #bounds: L.LatLngBounds | null = null;
  #locked = false;
  #moving = false;
  #pulses = 0;
  #dragging = false;
  #seatedMs = -SEAT_MS;

  constructor(private readonly events: MapEvents) {
    const motion = !CALM.matches;
    this.#map = L.map("map", {
      preferCanvas: true, attributionControl: false, zoomControl: false, minZoom: 7, maxZoom: 18, zoomSnap: 0.05, zoomDelta: 0.5,
      wheelPxPerZoomLevel: 120, zoomAnimation: motion, fadeAnimation: false, markerZoomAnimation: motion, inertia: motion,
    }).setView([35.1, 111.0], 9);
    L.control.zoom({ position: "bottomright" }).addTo(this.#map);
    L.control.scale({ imperial: false, maxWidth: 140, position: "bottomright" }).addTo(this.#map);
    this.#canvas.addTo(this.#map);
    this.#whole = button("whole", "", () => this.showWhole());
    find("mapbar").append(this.#placeless, this.#lockNote, this.#whole);
    this.#listen();
  }

  setCity(city: City): void {
    const [west, south, east, north] = city.bounds;
    this.#districts.set(city);
    this.#bounds = this.#districts.all() ?? L.latLngBounds([south, west], [north, east]);
    if (!this.#locked) this.#fit(false);
  }

  /** Draws what passes the filters. */
  show(order: readonly Entry[], board: Board | null, district: string | null): void {
    const kept: Placed[] = [];
    let placeless = 0;
    for (const entry of order) {
      const placed = this.#place(entry);
      if (placed === null) placeless += 1;
      else kept.push(placed);
    }
    if (this.#placed.size > 2 * (board?.entries.size ?? 0) + 100) this.#placed.clear();
    this.#districts.count(board?.tiles.by_district ?? {}, district);
    this.#canvas.show(kept);
    if (kept.length > 0 && performance.now() - this.#seatedMs > SEAT_MS) {
      this.#seatedMs = performance.now();
      this.#districts.avoid(kept, L.CRS.EPSG3857.scale(this.#map.getZoom()), scaleOf());
    }
    say(this.#placeless, placeless > 0 ? t("map.placeless", { n: placeless }) : "");
  }

  /** Draws the eye to new incidents for a moment; a burst shows the worst few. */
  pulse(entries: readonly Entry[]): void {
    if (CALM.matches || document.hidden || this.#dragging) return;
    const worst = [...entries].sort((a, b) => a.card.severity - b.card.severity);
    for (const { card } of worst) {
      if (this.#pulses >= MOST_PULSES) return;
      if (card.lat === null || card.lon === null) continue;
      const icon = L.divIcon({ className: `pulse sev-${card.severity}`, html: make("i"), iconSize: [0, 0] });
      const marker = L.marker([card.lat, card.lon], { icon, interactive: false, keyboard: false }).addTo(this.#map);
      this.#pulses += 1;
      setTimeout(() => {
        marker.remove();
        this.#pulses -= 1;
      }, PULSE_MS);
    }
  }

  /** Marks the chosen incident, and brings it into view only when it is out of it: choosing is the operator's own act. */
  select(entry: Entry | null, bring: boolean): void {
    this.#canvas.select(entry?.card.id ?? null);
    if (entry === null || !bring || entry.card.lat === null || entry.card.lon === null) return;
    const at = L.latLng(entry.card.lat, entry.card.lon);
    const point = this.#map.latLngToContainerPoint(at);
    const size = this.#map.getSize();
    const right = size.x - this.#covered();
    if (point.x > 0 && point.x < right && point.y > 0 && point.y < size.y) return;
    this.#lock();
    this.#map.panBy([point.x - right / 2, point.y - size.y / 2], { animate: !CALM.matches });
  }

  showWhole(): void {
    this.#locked = false;
    this.#fit(!CALM.matches);
    this.say();
  }

  showDistrict(code: string): void {
    const bounds = this.#districts.bounds(code);
    if (bounds === null) return;
    this.#lock();
    this.#move(() => this.#map.fitBounds(bounds, { padding: [30, 30], animate: !CALM.matches }));
  }

  /** Words of the map in the reader's language. */
  say(): void {
    say(this.#whole, t("map.whole"));
    say(this.#lockNote, this.#locked ? t("map.locked") : "");
    this.#whole.hidden = !this.#locked;
    find("map").setAttribute("aria-label", t("map.label"));
    this.#canvas.redraw();
    this.#legend.replaceChildren(
      ...[1, 2, 3, 4].map((n) => make("span", `key sev-${n}`, make("i"), `${roman(n)} ${term("severity", n)}`)),
      make("span", "key ring", make("i"), t("map.overdue")),
    );
  }

  /** Where the view is, for whoever tests or scripts a wall from outside. */
  view(): { lat: number; lon: number; zoom: number } {
    const { lat, lng } = this.#map.getCenter();
    return { lat, lon: lng, zoom: this.#map.getZoom() };
  }

  /** Where a place is on the page. */
  pixelOf(lat: number, lon: number): { x: number; y: number } {
    const box = this.#map.getContainer().getBoundingClientRect();
    const point = this.#map.latLngToContainerPoint([lat, lon]);
    return { x: box.left + point.x, y: box.top + point.y };
  }

  /** Pixels of the map's right edge that the story lies over. */
  #covered(): number {
    const story = find("story").getBoundingClientRect();
    const map = this.#map.getContainer().getBoundingClientRect();
    return story.width > 0 && story.left > map.left ? Math.max(0, map.right - story.left) : 0;
  }

  #listen(): void {
    const map = this.#map;
    map.on("dragstart", () => {
      this.#dragging = true;
      this.#lock();
    });
    map.on("dragend", () => (this.#dragging = false));
    map.on("zoomstart", () => {
      if (!this.#moving) this.#lock();
    });
    map.on("click", (event) => this.#click(event));
    map.on("mousemove", (event) => !this.#dragging && this.#hover(this.#canvas.hit(event.containerPoint), event.latlng));
    map.on("zoomstart dragstart", () => map.closeTooltip(this.#tip));
    map.on("mouseout", () => map.closeTooltip(this.#tip));
    new ResizeObserver(() => {
      map.invalidateSize({ pan: false });
      if (!this.#locked) this.#fit(false);
    }).observe(map.getContainer());
  }

  readonly #tip = L.tooltip({ direction: "top", offset: [0, -14], className: "tip", opacity: 1 });

  #hover(hit: Hit | null, at: L.LatLng): void {
    this.#map.getContainer().style.cursor = hit ? "pointer" : "";
    if (hit === null) {
      this.#map.closeTooltip(this.#tip);
      return;
    }
    const content = hit.kind === "dot" ? hit.entry.card.title : t("map.here", { n: hit.bubble.members.length });
    this.#tip.setContent(make("span", "", content)).setLatLng(at);
    if (!this.#map.hasLayer(this.#tip)) this.#map.openTooltip(this.#tip);
  }

  #click(event: L.LeafletMouseEvent): void {
    const hit = this.#canvas.hit(event.containerPoint);
    if (hit?.kind === "dot") {
      this.events.pick(hit.entry.card.id);
    } else if (hit?.kind === "bubble") {
      this.#openBubble(hit.bubble.members);
    } else {
      this.events.district(this.#districts.at(event.latlng)?.code ?? null);
    }
  }

  #openBubble(members: readonly Placed[]): void {
    const bounds = L.latLngBounds(members.map(({ entry }) => L.latLng(entry.card.lat ?? 0, entry.card.lon ?? 0)));
    const zoom = Math.min(CLOSEST_ZOOM, this.#map.getBoundsZoom(bounds.pad(0.15)));
    if (zoom <= this.#map.getZoom() + 0.25) {
      this.events.pickMany(members.map(({ entry }) => entry.card.id));
      return;
    }
    this.#lock();
    this.#map.setView(bounds.getCenter(), zoom, { animate: !CALM.matches });
  }

  #place(entry: Entry): Placed | null {
    const { id, lon, lat } = entry.card;
    if (lon === null || lat === null) return null;
    const held = this.#placed.get(id);
    if (held?.entry === entry) return held;
    const [ux, uy] = spotOf(lon, lat);
    const placed = { entry, ux, uy };
    this.#placed.set(id, placed);
    return placed;
  }

  #fit(animate: boolean): void {
    const bounds = this.#bounds;
    if (bounds !== null) this.#move(() => this.#map.fitBounds(bounds, { padding: [24, 24], animate }));
  }

  /** Runs a move of our own, which is not the operator taking hold. */
  #move(run: () => void): void {
    this.#moving = true;
    run();
    this.#moving = false;
  }

  #lock(): void {
    if (this.#locked) return;
    this.#locked = true;
    this.say();
  }
}

export function districtName(city: City | null, code: string | null): string {
  if (code === null) return "";
  return named(city?.districts.find((district) => district.code === code)?.name, code);
}
