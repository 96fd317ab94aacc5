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
  const crowds: Bubble[] = [];
  const single: Placed[] = [];
  for (const members of cells.values()) {
    if (members.length > CROWD) crowds.push(bubbleOf(members, view));
    else single.push(...members);
  }
  const bubbles = merge(crowds, view, scale);
  const dots = absorb(single, bubbles, view, scale);
  bubbles.sort((a, b) => a.bySeverity[0] - b.bySeverity[0]);
  dots.sort((a, b) => b.entry.card.severity - a.entry.card.severity);
  return { dots, bubbles };
}

export function bubbleRadius(bubble: Bubble): number {
  return 17 + Math.min(15, Math.sqrt(bubble.members.length) * 1.4);
}

/** Crowds whose bubbles would lie on each other become one, the larger taking in the smaller: a number cut in half tells nothing. */
function merge(crowds: Bubble[], view: View, scale: number): Bubble[] {
  const merged: Bubble[] = [];
  for (const crowd of crowds.sort((a, b) => b.members.length - a.members.length)) {
    let bubble = crowd;
    // What it takes in moves it and makes it larger, so it may meet the next.
    for (let at = meets(bubble, merged, scale); at >= 0; at = meets(bubble, merged, scale)) {
      const [other] = merged.splice(at, 1);
      bubble = bubbleOf([...(other?.members ?? []), ...bubble.members], view);
    }
    merged.push(bubble);
  }
  return merged;
}

function meets(bubble: Bubble, others: readonly Bubble[], scale: number): number {
  const critical = bubble.bySeverity[0] > 0;
  return others.findIndex((other) => other.bySeverity[0] > 0 === critical && apart(bubble, other, scale) < 0);
}

/** Pixels between the rims of two bubbles; negative when they overlap. */
function apart(a: Bubble, b: Bubble, scale: number): number {
  return Math.hypot(a.x - b.x, a.y - b.y) - (bubbleRadius(a) + bubbleRadius(b)) * scale;
}

/** Dots that would lie on a bubble's number are counted in it; those of severity I never. */
function absorb(single: readonly Placed[], bubbles: Bubble[], view: View, scale: number): Dot[] {
  const dots: Dot[] = [];
  const taken = new Map<number, Placed[]>();
  for (const item of single) {
    const dot = { x: item.ux * view.worldPx - view.left, y: item.uy * view.worldPx - view.top, entry: item.entry };
    const critical = item.entry.card.severity === 1;
    const under = critical ? -1 : bubbles.findIndex((bubble) => bubble.bySeverity[0] === 0 && Math.hypot(bubble.x - dot.x, bubble.y - dot.y) < bubbleRadius(bubble) * scale);
    if (under < 0) dots.push(dot);
    else taken.set(under, [...(taken.get(under) ?? []), item]);
  }
  for (const [index, items] of taken) {
    const bubble = bubbles[index];
    // It stays where it is, or it would come to lie on others.
    if (bubble !== undefined) bubbles[index] = { ...bubbleOf([...bubble.members, ...items], view), x: bubble.x, y: bubble.y };
  }
  return dots;
}

function bubbleOf(members: readonly Placed[], view: View): Bubble {
  const bySeverity: [number, number, number, number] = [0, 0, 0, 0];
  let x = 0;
  let y = 0;
  let overdue = 0;
  for (const { entry, ux, uy } of members) {
    x += ux;
    y += uy;
    bySeverity[entry.card.severity - 1] = (bySeverity[entry.card.severity - 1] ?? 0) + 1;
    if (entry.card.overdue) overdue += 1;
  }
  const n = members.length;
  return { x: (x / n) * view.worldPx - view.left, y: (y / n) * view.worldPx - view.top, members, bySeverity, overdue };
}
