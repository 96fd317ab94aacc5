// Gathers dots that would hide each other into counted bubbles. It must never hide a severity I incident among lesser ones.
import type { Entry } from "../shared/store";

/** An entry with its place on the unit square of the web map projection. */
export interface Placed {
  readonly entry: Entry;
  readonly ux: number;
  readonly uy: number;
}

/** Positions are pixels of the canvas: world pixels of a deep zoom are beyond what a canvas can tell apart. */
export interface Dot {
  readonly x: number;
  readonly y: number;
  readonly entry: Entry;
}

export interface Bubble {
  readonly x: number;
  readonly y: number;
  readonly members: readonly Placed[];
  /** Members of severity I, II, III, IV. */
  readonly bySeverity: readonly [number, number, number, number];
  readonly overdue: number;
}

export interface View {
  /** Pixels of the whole projected world at this zoom. */
  readonly worldPx: number;
  /** Corner of the canvas in world pixels, and its size. */
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Side of a cell at the usual size of letters. */
export const CELL_PX = 68;

/** Drawn beyond the edge, so that nothing is cut in half. */
const EDGE_PX = 40;

/** More than this many in one cell become a bubble. */
export const CROWD = 5;

/** Dots worst last, so that they are drawn on top. Cells hang on the world, so a pan never regroups them. */
export function gather(placed: readonly Placed[], view: View, cellPx: number): { dots: Dot[]; bubbles: Bubble[] } {
  const cells = new Map<number, Placed[]>();
  for (const item of placed) {
    const x = item.ux * view.worldPx;
    const y = item.uy * view.worldPx;
    if (x < view.left - EDGE_PX || x > view.left + view.width + EDGE_PX) continue;
    if (y < view.top - EDGE_PX || y > view.top + view.height + EDGE_PX) continue;
    // Severity I has cells of its own: its bubbles are red through and through.
    const key = (Math.floor(y / cellPx) * 67_108_864 + Math.floor(x / cellPx)) * 2 + (item.entry.card.severity === 1 ? 1 : 0);
    const cell = cells.get(key);
    if (cell === undefined) cells.set(key, [item]);
    else cell.push(item);
  }
  const scale = cellPx / CELL_PX;
  const crowds: Crowd[] = [];
  const single: Placed[] = [];
  for (const members of cells.values()) {
    if (members.length > CROWD) crowds.push(crowdOf(members, view));
    else single.push(...members);
  }
  const merged = merge(crowds, scale);
  const dots = absorb(single, merged, view, scale);
  const bubbles = merged.map(bubbleOf).sort((a, b) => a.bySeverity[0] - b.bySeverity[0]);
  dots.sort((a, b) => b.entry.card.severity - a.entry.card.severity);
  return { dots, bubbles };
}

export function bubbleRadius(bubble: Bubble): number {
  return radiusOf(bubble.members.length);
}

function radiusOf(n: number): number {
  return 17 + Math.min(15, Math.sqrt(n) * 1.4);
}

/** A bubble being put together; only its middle and its size matter until it is whole. */
interface Crowd {
  x: number;
  y: number;
  n: number;
  readonly critical: boolean;
  readonly parts: (readonly Placed[])[];
}

function crowdOf(members: readonly Placed[], view: View): Crowd {
  let x = 0;
  let y = 0;
  for (const { ux, uy } of members) {
    x += ux;
    y += uy;
  }
  const n = members.length;
  return { x: (x / n) * view.worldPx - view.left, y: (y / n) * view.worldPx - view.top, n, critical: members[0]?.entry.card.severity === 1, parts: [members] };
}

/** Crowds whose bubbles would lie on each other become one: a number cut in half tells nothing. */
function merge(crowds: Crowd[], scale: number): Crowd[] {
  const merged: Crowd[] = [];
  for (const crowd of crowds.sort((a, b) => b.n - a.n)) {
    // What it takes in moves it and makes it larger, so it may meet the next.
    for (let at = meets(crowd, merged, scale); at >= 0; at = meets(crowd, merged, scale)) {
      const [other] = merged.splice(at, 1);
      if (other === undefined) break;
      const n = crowd.n + other.n;
      crowd.x = (crowd.x * crowd.n + other.x * other.n) / n;
      crowd.y = (crowd.y * crowd.n + other.y * other.n) / n;
      crowd.n = n;
      crowd.parts.push(...other.parts);
    }
    merged.push(crowd);
  }
  return merged;
}

function meets(crowd: Crowd, others: readonly Crowd[], scale: number): number {
  return others.findIndex((other) => other.critical === crowd.critical && isWithin(crowd, other.x, other.y, (radiusOf(crowd.n) + radiusOf(other.n)) * scale));
}

/** Dots that would lie on a bubble's number are counted in it, which stays where it is; those of severity I never are. */
function absorb(single: readonly Placed[], crowds: readonly Crowd[], view: View, scale: number): Dot[] {
  const dots: Dot[] = [];
  const takers = crowds.filter((crowd) => !crowd.critical).map((crowd) => ({ crowd, reach: radiusOf(crowd.n) * scale, taken: [] as Placed[] }));
  for (const item of single) {
    const [x, y] = [item.ux * view.worldPx - view.left, item.uy * view.worldPx - view.top];
    const taker = item.entry.card.severity === 1 ? undefined : takers.find(({ crowd, reach }) => isWithin(crowd, x, y, reach));
    if (taker === undefined) dots.push({ x, y, entry: item.entry });
    else taker.taken.push(item);
  }
  for (const { crowd, taken } of takers) {
    crowd.parts.push(taken);
    crowd.n += taken.length;
  }
  return dots;
}

function isWithin(crowd: Crowd, x: number, y: number, reach: number): boolean {
  const [dx, dy] = [crowd.x - x, crowd.y - y];
  return dx * dx + dy * dy < reach * reach;
}

function bubbleOf({ x, y, parts }: Crowd): Bubble {
  const members = parts.flat();
  const bySeverity: [number, number, number, number] = [0, 0, 0, 0];
  let overdue = 0;
  for (const { entry } of members) {
    bySeverity[entry.card.severity - 1] = (bySeverity[entry.card.severity - 1] ?? 0) + 1;
    if (entry.card.overdue) overdue += 1;
  }
  return { x, y, members, bySeverity, overdue };
}
