// Notes when the wall has drawn what each message of the live channel brought. It must never ask for a draw itself.
// A message counts as painted at the start of the animation frame after the one in which the map was drawn again and
// the list holds the newest incident of the message: by then the browser has handed the drawn frame on.
(() => {
  const told = [];
  let pending = [];
  let mapDraws = 0;
  let asked = false;

  const drawImage = CanvasRenderingContext2D.prototype.drawImage;
  CanvasRenderingContext2D.prototype.drawImage = function (...given) {
    if (this.canvas.classList.contains("dots")) mapDraws += 1;
    return drawImage.apply(this, given);
  };

  window.WebSocket = class extends WebSocket {
    constructor(...given) {
      super(...given);
      // Registered before the wall's own `onmessage`, so it is called first.
      this.addEventListener("message", (event) => hear(event.data));
    }
  };

  function hear(text) {
    const heard = performance.now();
    const message = JSON.parse(text);
    if (message.cards.length === 0) return;
    const cards = [...message.cards].sort((a, b) => (a.opened_at < b.opened_at ? 1 : a.opened_at > b.opened_at ? -1 : a.id < b.id ? -1 : 1));
    pending.push({ marks: cards.map((card) => card.title.split(" ").at(-1)), top: cards[0].id, at: Date.parse(message.at), draws: mapDraws, heard });
    ask();
  }

  function ask() {
    if (!asked) requestAnimationFrame(look);
    asked = true;
  }

  function look() {
    asked = false;
    const now = performance.now();
    const last = pending.findLastIndex((each) => mapDraws > each.draws && listed(each.top));
    for (const { marks, at, heard } of pending.splice(0, last + 1)) told.push({ marks, at, heard, painted: now });
    if (pending.length > 0) ask();
  }

  function listed(id) {
    return document.querySelector(`#list [data-id="${id}"]:not([hidden])`) !== null;
  }

  window.bench = { now: () => performance.now(), take: () => told.splice(0) };
})();
