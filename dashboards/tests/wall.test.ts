import { describe, expect, it } from "vitest";
import { reportsIn } from "../shared/i18n";
import type { Severity } from "../shared/protocol";
import { apply, type Board, entryOf } from "../shared/store";
import { bubbleRadius, CROWD, gather, type Placed } from "../wall/clusters";
import { matches, NO_FILTER, Ranking, type Sort } from "../wall/ranking";
import { ServerClock } from "../wall/time";
import { Rate } from "../wall/rate";
import { card, frame, snapshot } from "./cards";

const WINDOW = { worldPx: 1000, left: 0, top: 0, width: 1000, height: 1000 };

function at(id: string, ux: number, uy: number, severity: Severity = 3, overdue = false): Placed {
  return { entry: entryOf(card(id, { severity, overdue })), ux, uy };
}

describe("gather", () => {
  it("draws few incidents one by one, the worst last", () => {
    const { dots, bubbles } = gather([at("a", 0.5, 0.5, 1), at("b", 0.5, 0.5, 4), at("c", 0.51, 0.5, 2)], WINDOW, 68);
    expect(bubbles).toEqual([]);
    expect(dots.map(({ entry }) => entry.card.id)).toEqual(["b", "c", "a"]);
  });

  it("counts a crowd in one bubble and keeps the critical ones out of it", () => {
    const crowd = Array.from({ length: CROWD + 1 }, (_, i) => at(`n${i}`, 0.5, 0.5, 4, i === 0));
    const { dots, bubbles } = gather([...crowd, at("worst", 0.5, 0.5, 1)], WINDOW, 68);
    expect(bubbles).toHaveLength(1);
    expect(bubbles[0]).toMatchObject({ bySeverity: [0, 0, 0, CROWD + 1], overdue: 1 });
    expect(dots.map(({ entry }) => entry.card.id)).toEqual(["worst"]);
  });

  it("draws nothing outside the window and bounds what it draws", () => {
    const everywhere = Array.from({ length: 5_000 }, (_, i) => at(`n${i}`, (i % 97) / 90, (i % 89) / 80, ((i % 4) + 1) as Severity));
    const { dots, bubbles } = gather(everywhere, WINDOW, 68);
    const inside = everywhere.filter(({ ux, uy }) => ux <= 1.04 && uy <= 1.04).length;
    expect(dots.length + bubbles.reduce((sum, bubble) => sum + bubble.members.length, 0)).toBe(inside);
    expect(dots.length + bubbles.length).toBeLessThan(2 * 16 * 16 * CROWD);
  });

  it("lets no bubble or dot lie on the number of another", () => {
    const many = Array.from({ length: 3_000 }, (_, i) => at(`n${i}`, ((i * 7919) % 1009) / 1100, ((i * 104_729) % 997) / 1100, i % 3 === 0 ? 1 : 4));
    const { dots, bubbles } = gather(many, WINDOW, 68);
    expect(bubbles.length).toBeGreaterThan(3);
    const overlapping = bubbles.flatMap((a, n) =>
      bubbles.slice(n + 1).filter((b) => a.bySeverity[0] > 0 === b.bySeverity[0] > 0 && Math.hypot(a.x - b.x, a.y - b.y) < bubbleRadius(a) + bubbleRadius(b) - 3),
    );
    expect(overlapping).toEqual([]);
    const covering = dots.filter((dot) => dot.entry.card.severity > 1 && bubbles.some((bubble) => bubble.bySeverity[0] === 0 && Math.hypot(bubble.x - dot.x, bubble.y - dot.y) < 17));
    expect(covering).toEqual([]);
    expect(dots.length + bubbles.reduce((sum, bubble) => sum + bubble.members.length, 0)).toBe(many.length);
  });

  it("groups alike wherever the window lies", () => {
    const crowd = Array.from({ length: 40 }, (_, i) => at(`n${i}`, 0.3 + i / 400, 0.4, 4));
    const key = (left: number): string[] => gather(crowd, { ...WINDOW, left }, 68).bubbles.map(({ members }) => members.map(({ entry }) => entry.card.id).join());
    expect(key(0)).toEqual(key(13));
  });
});

describe("Ranking", () => {
  const cards = [
    card("old", { opened_at: "2026-11-24T06:00:00Z", severity: 1, due_at: "2026-11-24T10:00:00Z" }),
    card("late", { opened_at: "2026-11-24T05:00:00Z", severity: 2, overdue: true, due_at: "2026-11-24T07:00:00Z" }),
    card("new", { opened_at: "2026-11-24T07:00:00Z", severity: 2, due_at: null }),
  ];
  const board = apply(null, snapshot(1, cards)).board as Board;
  it.each<[Sort, string[]]>([
    ["newest", ["new", "old", "late"]],
    ["severest", ["old", "late", "new"]],
    ["due", ["late", "old", "new"]],
  ])("orders by %s", (sort, order) => {
    const ranking = new Ranking(sort, () => true);
    ranking.update(board);
    expect(ranking.order.map(({ card: { id } }) => id)).toEqual(order);
  });

  it("follows frames: what changed moves, what went goes, what no longer passes goes", () => {
    const ranking = new Ranking("severest", (entry) => matches(entry, { ...NO_FILTER, severities: new Set<Severity>([1, 2]) }));
    ranking.update(board);
    const next = apply(board, frame(2, [card("new", { version: 2, severity: 1 }), card("late", { version: 2, severity: 4 })], ["old"])).board;
    ranking.update(next);
    expect(ranking.order.map(({ card: { id } }) => id)).toEqual(["new"]);
  });
});

describe("ServerClock", () => {
  it("takes the least delayed message as the truth, and follows a clock that was set", () => {
    const clock = new ServerClock();
    clock.hear(10_000, 1_000);
    clock.hear(10_900, 2_400);
    expect(clock.now(3_000)).toBe(12_000);
    clock.hear(103_000, 3_000);
    expect(clock.now(3_000)).toBe(103_000);
    clock.hear(4_000, 3_000);
    expect(clock.now(3_000)).toBe(4_000);
  });
});

describe("Rate", () => {
  it("counts what came in each ten seconds, and starts again when a count falls", () => {
    const rate = new Rate();
    rate.take(1_000, 0);
    rate.take(1_003, 5_000);
    rate.take(1_004, 31_000);
    expect(rate.buckets).toEqual([3, 0, 0, 1]);
    rate.take(2, 32_000);
    expect(rate.buckets).toEqual([0]);
  });
});

describe("reportsIn", () => {
  it("says of an incident that nobody reported that a pattern found it", () => {
    expect([0, 1, 2].map(reportsIn)).toEqual(["规则发现", "1 次上报", "2 次上报"]);
  });
});
