// Draws incidents on a canvas: dots, bubbles, rings. It must never read the board or the map.
import { type Bubble, bubbleRadius, type Dot } from "./clusters";
import { INK, OVERDUE_COLOUR, PAPER, SEVERITY_COLOURS } from "./colours";

export const RADII: readonly number[] = [0, 13, 11, 8, 6.5];
const TURN = Math.PI * 2;

/** Pixels of the page's root letter over 16: a 4K wall has larger dots, as it has larger letters. */
export function scaleOf(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
}

export function paintIncidents(pen: CanvasRenderingContext2D, dots: readonly Dot[], bubbles: readonly Bubble[], selected: string | null, scale: number): void {
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

export function write(pen: CanvasRenderingContext2D, px: number, colour: string): void {
  pen.font = `700 ${px}px "Noto Sans SC","Noto Sans CJK SC","Microsoft YaHei",sans-serif`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillStyle = colour;
}
