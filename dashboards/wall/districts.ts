// The city's districts under the incidents: outlines, names, live counts. It must never ask for a tile.
import L from "leaflet";
import type { City, District, Outline } from "../shared/api";
import { count, shortName } from "../shared/i18n";
import { make, say, toggle } from "./dom";

interface Drawn {
  readonly district: District;
  readonly shape: L.Polygon;
  readonly name: HTMLElement;
  readonly number: HTMLElement;
  readonly label: HTMLElement;
  readonly pin: L.Marker;
  /** Places where the name has room, best first. */
  readonly seats: readonly L.LatLng[];
  seat: number;
}

export class Districts {
  #drawn: Drawn[] = [];
  readonly #group = L.layerGroup();
  readonly #renderer = L.canvas({ padding: 0.4 });

  constructor(map: L.Map) {
    this.#group.addTo(map);
  }

  draw(city: City): void {
    this.#group.clearLayers();
    const withOutline = city.districts.filter((district) => (district.outline?.length ?? 0) > 0);
    for (const district of withOutline) this.#group.addLayer(this.#shape(district, { color: "#2b7bd6", weight: 9, opacity: 0.16, fill: false }));
    this.#drawn = withOutline.map((district) => this.#drawOne(district));
  }

  /** Counts beside the names, and a tint that grows with them. */
  count(byDistrict: Record<string, number>, chosen: string | null): void {
    const most = Math.max(1, ...Object.values(byDistrict));
    for (const { district, shape, name, number, label } of this.#drawn) {
      const live = byDistrict[district.code] ?? 0;
      say(name, shortName(district.name, district.code));
      say(number, count(live));
      toggle(label, "chosen", chosen === district.code);
      const strength = chosen === district.code ? 5 : Math.round(Math.sqrt(live / most) * 4);
      const fillColor = TINTS[strength] ?? TINTS[0] ?? "#0d2138";
      if (shape.options.fillColor !== fillColor) shape.setStyle({ fillColor });
    }
  }

  /** Moves names off crowds of incidents; only when a place is far better, because names that wander are worse than names that cover. */
  avoid(points: readonly { readonly lat: number; readonly lng: number }[]): void {
    for (const drawn of this.#drawn) {
      const crowds = drawn.seats.map((seat) => crowd(seat, points));
      const here = crowds[drawn.seat] ?? 0;
      const least = Math.min(...crowds);
      if (here <= 2 * least + 1) continue;
      drawn.seat = crowds.indexOf(least);
      const seat = drawn.seats[drawn.seat];
      if (seat !== undefined) drawn.pin.setLatLng(seat);
    }
  }

  at(point: L.LatLng): District | null {
    for (const { district } of this.#drawn) {
      for (const part of district.outline ?? []) if (part[0] && inRing(point, part[0])) return district;
    }
    return null;
  }

  bounds(code: string): L.LatLngBounds | null {
    return this.#drawn.find(({ district }) => district.code === code)?.shape.getBounds() ?? null;
  }

  all(): L.LatLngBounds | null {
    if (this.#drawn.length === 0) return null;
    const bounds = L.latLngBounds([]);
    for (const { shape } of this.#drawn) bounds.extend(shape.getBounds());
    return bounds;
  }

  #drawOne(district: District): Drawn {
    const shape = this.#shape(district, { color: "#3f6f9f", weight: 1.5, opacity: 0.9, fillColor: TINTS[0] ?? "", fillOpacity: 1 });
    const name = make("span", "county-name");
    const number = make("span", "county-count");
    const label = make("div", "county", name, number);
    const icon = L.divIcon({ className: "county-pin", html: label, iconSize: [0, 0] });
    const seats = seatsIn(district.outline ?? []);
    const pin = L.marker(seats[0] ?? shape.getBounds().getCenter(), { icon, interactive: false, keyboard: false });
    this.#group.addLayer(shape).addLayer(pin);
    return { district, shape, name, number, label, pin, seats, seat: 0 };
  }

  #shape(district: District, style: L.PolylineOptions): L.Polygon {
    const rings = (district.outline ?? []).map((part) => part.map((ring) => ring.map(([lon, lat]) => L.latLng(lat, lon))));
    return L.polygon(rings, { renderer: this.#renderer, interactive: false, smoothFactor: 1.2, ...style });
  }
}

const TINTS: readonly string[] = ["#0d2036", "#102945", "#143253", "#183c63", "#1d4874", "#27598c"];

function inRing(point: L.LatLng, ring: readonly (readonly [number, number])[]): boolean {
  let inside = false;
  let [x1, y1] = ring[ring.length - 1] ?? [0, 0];
  for (const [x2, y2] of ring) {
    if (y1 > point.lat !== y2 > point.lat && point.lng < ((x2 - x1) * (point.lat - y1)) / (y2 - y1) + x1) inside = !inside;
    [x1, y1] = [x2, y2];
  }
  return inside;
}

/** Places inside the largest part with room around them, of a grid over it; the one farthest from the border first. */
function seatsIn(outline: Outline): L.LatLng[] {
  const ring = outline.map((part) => part[0] ?? []).reduce((a, b) => (b.length > a.length ? b : a), []);
  const [west, east] = extent(ring.map(([lon]) => lon));
  const [south, north] = extent(ring.map(([, lat]) => lat));
  const found: { at: L.LatLng; room: number }[] = [];
  for (let i = 1; i < 14; i++) {
    for (let j = 1; j < 14; j++) {
      const at = L.latLng(south + ((north - south) * i) / 14, west + ((east - west) * j) / 14);
      if (!inRing(at, ring)) continue;
      const room = Math.sqrt(ring.reduce((least, [lon, lat]) => Math.min(least, apart(at, lat, lon)), Infinity));
      found.push({ at, room });
    }
  }
  found.sort((a, b) => b.room - a.room);
  const widest = found[0]?.room ?? 0;
  return found.filter(({ room }) => room >= widest * 0.5).map(({ at }) => at);
}

/** Squared distance in degrees of latitude, near enough for a label. */
function apart(at: L.LatLng, lat: number, lon: number): number {
  return ((lon - at.lng) * 0.82) ** 2 + (lat - at.lat) ** 2;
}

/** How many incidents a name here would cover. A name is wider than it is high. */
function crowd(seat: L.LatLng, points: readonly { readonly lat: number; readonly lng: number }[]): number {
  let n = 0;
  for (const { lat, lng } of points) if (Math.abs(lng - seat.lng) < 0.095 && Math.abs(lat - seat.lat) < 0.036) n += 1;
  return n;
}

function extent(values: readonly number[]): [number, number] {
  return values.reduce<[number, number]>(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
}
