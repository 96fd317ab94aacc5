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

/** Drawn beyond the edge, so that nothing is cut in half. */
const EDGE_PX = 40;

/** More than this many in one cell become a bubble. */
export const CROWD = 5;

/** Dots worst last, so that they are drawn on top. Cells hang on the world, so a pan never regroups them. */
export function gather(placed: readonly Placed[], view: View, cellPx: number): { dots: Dot[]; bubbles: Bubble[] } {
  const cells = new Map<number, Placed[]>();
  const dots: Dot[] = [];
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
  const bubbles: Bubble[] = [];
  for (const members of cells.values()) {
    if (members.length > CROWD) bubbles.push(bubbleOf(members, view));
    else for (const { entry, ux, uy } of members) dots.push({ x: ux * view.worldPx - view.left, y: uy * view.worldPx - view.top, entry });
  }
  const merged = merge(bubbles, view, cellPx);
  merged.sort((a, b) => a.bySeverity[0] - b.bySeverity[0]);
  dots.sort((a, b) => b.entry.card.severity - a.entry.card.severity);
  return { dots, bubbles: merged };
}

/** Neighbouring crowds whose bubbles would lie on each other become one, the larger taking in the smaller. */
function merge(bubbles: Bubble[], view: View, cellPx: number): Bubble[] {
  const left = bubbles.sort((a, b) => b.members.length - a.members.length);
  const merged: Bubble[] = [];
  for (const bubble of left) {
    const critical = bubble.bySeverity[0] > 0;
    const index = merged.findIndex(
      (other) => other.bySeverity[0] > 0 === critical && Math.hypot(other.x - bubble.x, other.y - bubble.y) < cellPx * 0.6,
    );
    const other = merged[index];
    if (other === undefined) merged.push(bubble);
    else merged[index] = bubbleOf([...other.members, ...bubble.members], view);
  }
  return merged;
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
