// Counts the animation frames of a stretch of time and the longest gaps between them. It must never ask for more than one a turn.
(() => {
  let gaps = [];
  let last = 0;
  let counting = false;

  function tick(now) {
    if (!counting) return;
    if (last > 0) gaps.push(now - last);
    last = now;
    requestAnimationFrame(tick);
  }

  window.bench = {
    begin: () => {
      gaps = [];
      last = 0;
      counting = true;
      requestAnimationFrame(tick);
    },
    end: () => {
      counting = false;
      return gaps;
    },
  };
})();
