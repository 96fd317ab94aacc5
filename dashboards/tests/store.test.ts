import { describe, expect, it } from "vitest";
import { readMessage } from "../shared/protocol";
import { apply, type Board } from "../shared/store";
import { card, frame, snapshot } from "./cards";

function boardAt(seq: number, ...ids: string[]): Board {
  const { board } = apply(null, snapshot(seq, ids.map((id) => card(id))));
  if (board === null) throw new Error("a snapshot always makes a board");
  return board;
}

describe("apply", () => {
  it("takes a snapshot as the whole board, and calls nothing on a first one news", () => {
    const applied = apply(null, snapshot(7, [card("a"), card("b")]));
    expect(applied.verdict).toBe("applied");
    expect(applied.added).toEqual([]);
    expect([...(applied.board?.entries.keys() ?? [])]).toEqual(["a", "b"]);
  });

  it("adds, changes and removes by the next frame", () => {
    const applied = apply(boardAt(7, "a", "b"), frame(8, [card("c"), card("a", { version: 2, title: "new" })], ["b"]));
    expect(applied).toMatchObject({ verdict: "applied", added: ["c"], changed: ["a"], gone: ["b"] });
    expect(applied.board?.entries.get("a")?.card.title).toBe("new");
    expect(applied.board?.entries.has("b")).toBe(false);
    expect(applied.board?.seq).toBe(8);
  });

  it("leaves the board it was given as it was", () => {
    const board = boardAt(7, "a");
    apply(board, frame(8, [card("c")], ["a"]));
    expect([...board.entries.keys()]).toEqual(["a"]);
  });

  it.each([
    ["a frame is missing", frame(9, [card("c")])],
    ["the server lives another life", frame(8, [card("c")], [], { epoch: "e2" })],
  ])("sees a gap when %s, and applies nothing", (_, message) => {
    const board = boardAt(7, "a");
    const applied = apply(board, message);
    expect(applied.verdict).toBe("gap");
    expect(applied.board).toBe(board);
  });

  it("sees a gap in a frame without a board", () => {
    expect(apply(null, frame(1, [])).verdict).toBe("gap");
  });

  it("skips frames it has, as a resume may repeat them", () => {
    const board = boardAt(7, "a");
    expect(apply(board, frame(7, [card("z")])).verdict).toBe("repeated");
    expect(apply(board, frame(6, [], ["a"])).board).toBe(board);
  });

  it("keeps the highest version of a card it saw", () => {
    const board = apply(boardAt(7), frame(8, [card("a", { version: 5, title: "five" })])).board;
    const applied = apply(board, frame(9, [card("a", { version: 4, title: "four" })]));
    expect(applied.changed).toEqual([]);
    expect(applied.board?.entries.get("a")?.card.title).toBe("five");
  });

  it("does not announce a card that came and went in one frame", () => {
    const applied = apply(boardAt(7), frame(8, [card("a")], ["a"]));
    expect(applied.added).toEqual([]);
    expect(applied.board?.entries.size).toBe(0);
  });

  it("takes a snapshot of a new life in whole, lower versions and lower numbers too", () => {
    const board = apply(boardAt(7), frame(8, [card("a", { version: 5 }), card("b")])).board;
    const applied = apply(board, snapshot(1, [card("a", { version: 2 }), card("n")], { epoch: "e2" }));
    expect(applied).toMatchObject({ verdict: "applied", replaced: true, added: ["n"], gone: ["b"] });
    expect(applied.board?.entries.get("a")?.card.version).toBe(2);
  });
});

describe("readMessage", () => {
  it.each(["", "[]", "null", "{}", '{"type":"hello","epoch":"e","seq":1,"cards":[],"tiles":{}}', '{"type":"frame","epoch":"e","seq":"1"}'])(
    "ignores %s",
    (text) => expect(readMessage(text)).toBeNull(),
  );

  it("reads what the hub sends", () => {
    expect(readMessage(JSON.stringify(frame(3, [card("a")])))?.seq).toBe(3);
  });
});
