// The city's districts under the incidents: outlines, names, live counts. It must never ask for a tile.
import L from "leaflet";
import type { City, District, Outline } from "../shared/api";
import { count, shortName } from "../shared/i18n";
import type { Placed, View } from "./clusters";
import { write } from "./paint";

/** A position on the unit square of the web map projection. */
type Spot = readonly [x: number, y: number];

interface Drawn {
  readonly district: District;
  readonly rings: readonly (readonly Spot[])[];
  readonly bounds: L.LatLngBounds;
  /** Places where the name has room, best first. */
  readonly seats: readonly Spot[];
  seat: number;
  live: number;
  tint: number;
}

/** Deeper for more live incidents; the last one is the chosen district. */
const TINTS: readonly string[] = ["#0d2036", "#102945", "#143253", "#183c63", "#1d4874", "#2b639b"];
const CHOSEN = TINTS.length - 1;

export class Districts {
  #drawn: Drawn[] = [];
  #chosen: string | null = null;

  set(city: City): void {
    this.#drawn = city.districts.filter(({ outline }) => (outline?.length ?? 0) > 0).map(drawnOf);
  }

  /** Counts beside the names, and a tint that grows with them. */
  count(byDistrict: Record<string, number>, chosen: string | null): void {
    this.#chosen = chosen;
    const most = Math.max(1, ...Object.values(byDistrict));
    for (const drawn of this.#drawn) {
      const { code } = drawn.district;
      drawn.live = byDistrict[code] ?? 0;
      drawn.tint = chosen === code ? CHOSEN : Math.round(Math.sqrt(drawn.live / most) * (CHOSEN - 1));
    }
  }

  /** Changes when `paint` would paint something else. */
  get paintedAs(): string {
    return this.#drawn.map(({ district, tint }) => `${district.code}${tint}`).join("");
  }

  paint(pen: CanvasRenderingContext2D, view: View, scale: number): void {
    const paths = this.#drawn.map(({ rings }) => pathOf(rings, view, 1));
    pen.lineJoin = "round";
    // A glow around the city: wide strokes that the districts then cover on the inside.
    pen.strokeStyle = "rgba(43,123,214,.17)";
    pen.lineWidth = 9 * scale;
    for (const { rings } of this.#drawn) pen.stroke(pathOf(rings, view, 8));
    pen.strokeStyle = "#3f6f9f";
    pen.lineWidth = 1.5 * scale;
    this.#drawn.forEach(({ tint }, index) => {
      const path = paths[index];
      if (path === undefined) return;
      pen.fillStyle = TINTS[tint] ?? "#0d2036";
      pen.fill(path, "evenodd");
      pen.stroke(path);
    });
  }

  paintNames(pen: CanvasRenderingContext2D, view: View, scale: number): void {
    for (const { district, live, seats, seat } of this.#drawn) {
      const [ux, uy] = seats[seat] ?? [0, 0];
      const [x, y] = [ux * view.worldPx - view.left, uy * view.worldPx - view.top];
      if (x < -200 || y < -50 || x > view.width + 200 || y > view.height + 50) continue;
      paintName(pen, x, y, shortName(district.name, district.code), count(live), district.code === this.#chosen, scale);
    }
  }

  /** Moves names off crowds of incidents; only when a place is far better, because names that wander are worse than names that cover. */
  avoid(placed: readonly Placed[], worldPx: number, scale: number): void {
    for (const drawn of this.#drawn) {
      const crowds = drawn.seats.map((seat) => crowd(seat, placed, worldPx, scale));
      const least = Math.min(...crowds);
      if ((crowds[drawn.seat] ?? 0) > 2 * least + 1) drawn.seat = crowds.indexOf(least);
    }
  }

  at(point: L.LatLng): District | null {
    const spot = spotOf(point.lng, point.lat);
    return this.#drawn.find(({ rings }) => rings.some((ring) => inRing(spot, ring)))?.district ?? null;
  }

  bounds(code: string): L.LatLngBounds | null {
    return this.#drawn.find(({ district }) => district.code === code)?.bounds ?? null;
  }

  all(): L.LatLngBounds | null {
    const [first, ...rest] = this.#drawn;
    if (first === undefined) return null;
    return rest.reduce((all, { bounds }) => all.extend(bounds), L.latLngBounds(first.bounds.getSouthWest(), first.bounds.getNorthEast()));
  }
}

export function spotOf(lon: number, lat: number): Spot {
  const { x, y } = L.CRS.EPSG3857.latLngToPoint(L.latLng(lat, lon), 0);
  return [x / 256, y / 256];
}

function drawnOf(district: District): Drawn {
  const outline: Outline = district.outline ?? [];
  const rings = outline.flatMap((part) => part.map((ring) => ring.map(([lon, lat]) => spotOf(lon, lat))));
  const bounds = L.latLngBounds(outline.flatMap((part) => (part[0] ?? []).map(([lon, lat]) => L.latLng(lat, lon))));
  return { district, rings, bounds, seats: seatsIn(rings), seat: 0, live: 0, tint: 0 };
}

/** Points closer than `stepPx` to the last one are left out. */
function pathOf(rings: readonly (readonly Spot[])[], view: View, stepPx: number): Path2D {
  const path = new Path2D();
  for (const ring of rings) {
    let [lastX, lastY] = [Infinity, Infinity];
    for (const [ux, uy] of ring) {
      const [x, y] = [ux * view.worldPx - view.left, uy * view.worldPx - view.top];
      if (lastX === Infinity) path.moveTo(x, y);
      else if (Math.abs(x - lastX) + Math.abs(y - lastY) < stepPx) continue;
      else path.lineTo(x, y);
      [lastX, lastY] = [x, y];
    }
    path.closePath();
  }
  return path;
}

function paintName(pen: CanvasRenderingContext2D, x: number, y: number, name: string, live: string, chosen: boolean, scale: number): void {
  write(pen, 22 * scale, "#ffffff");
  const liveWidth = pen.measureText(live).width;
  write(pen, 18 * scale, chosen ? "#7cc6ff" : "#c5d8f0");
  const nameWidth = pen.measureText(name).width;
  const width = nameWidth + liveWidth + 26 * scale;
  const left = x - width / 2;
  pen.fillStyle = "rgba(5,12,23,.66)";
  pen.beginPath();
  pen.roundRect(left, y - 15 * scale, width, 30 * scale, 4 * scale);
  pen.fill();
  write(pen, 18 * scale, chosen ? "#7cc6ff" : "#c5d8f0");
  pen.textAlign = "left";
  pen.fillText(name, left + 9 * scale, y + scale);
  write(pen, 22 * scale, "#ffffff");
  pen.textAlign = "left";
  pen.fillText(live, left + nameWidth + 17 * scale, y + scale);
}

function inRing([x, y]: Spot, ring: readonly Spot[]): boolean {
  let inside = false;
  let [x1, y1] = ring[ring.length - 1] ?? [0, 0];
  for (const [x2, y2] of ring) {
    if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
    [x1, y1] = [x2, y2];
  }
  return inside;
}

/** Places inside the largest ring with room around them, of a grid over it; the one farthest from the border first. */
function seatsIn(rings: readonly (readonly Spot[])[]): Spot[] {
  const ring = rings.reduce((a, b) => (b.length > a.length ? b : a), []);
  const [west, east] = extent(ring.map(([x]) => x));
  const [north, south] = extent(ring.map(([, y]) => y));
  const found: { at: Spot; room: number }[] = [];
  for (let i = 1; i < 14; i++) {
    for (let j = 1; j < 14; j++) {
      const at: Spot = [west + ((east - west) * j) / 14, north + ((south - north) * i) / 14];
      if (!inRing(at, ring)) continue;
      const room = ring.reduce((least, [x, y]) => Math.min(least, Math.hypot(x - at[0], y - at[1])), Infinity);
      found.push({ at, room });
    }
  }
  found.sort((a, b) => b.room - a.room);
  const widest = found[0]?.room ?? 0;
  return found.filter(({ room }) => room >= widest * 0.5).map(({ at }) => at);
}

/** How many incidents a name here would cover. A name is wider than it is high. */
function crowd([ux, uy]: Spot, placed: readonly Placed[], worldPx: number, scale: number): number {
  const [x, y] = [(75 * scale) / worldPx, (30 * scale) / worldPx];
  let n = 0;
  for (const item of placed) if (Math.abs(item.ux - ux) < x && Math.abs(item.uy - uy) < y) n += 1;
  return n;
}

function extent(values: readonly number[]): [number, number] {
  return values.reduce<[number, number]>(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
}
