// Zoom by narrowing every lane's viewBox; a cross-hair reads the heap at the pointer.
(() => {
  const lanes = document.querySelector(".lanes");
  if (!lanes) return;
  const start = Number(lanes.dataset.start);
  const duration = Number(lanes.dataset.end) - start;
  const offset = start - Number(lanes.dataset.origin); // times are told from the origin
  const span = Number(lanes.dataset.span);
  const svgs = [...lanes.querySelectorAll("svg")];
  const points = JSON.parse(document.getElementById("heap-points").textContent);
  const reading = document.getElementById("reading");
  const cross = lanes.querySelector(".cross");
  let view = [0, 1];

  function formatTime(ns) {
    for (const [unit, size] of [["s", 1e9], ["ms", 1e6], ["µs", 1e3]]) {
      if (Math.abs(ns) >= size) return `${Number((ns / size).toPrecision(6))} ${unit}`;
    }
    return `${Math.round(ns)} ns`;
  }
  const formatSize = (bytes) => `${(bytes / 1048576).toFixed(2)} MiB`;

  function drawTimes() {
    const row = lanes.querySelector(".times .drawing");
    const shown = (view[1] - view[0]) * duration;
    let step = 10 ** Math.floor(Math.log10(shown / 3));
    const most = row.clientWidth < 500 ? 3 : 6;
    for (const factor of [1, 2, 5, 10, 20, 50]) {
      if (shown / (step * factor) <= most) { step *= factor; break; }
    }
    const ticks = [];
    const end = view[1] * duration + offset;
    for (let at = Math.ceil((view[0] * duration + offset) / step) * step; at <= end; at += step) {
      const tick = document.createElement("span");
      tick.className = "xtick";
      tick.style.left = `${(((at - offset) / duration - view[0]) / (view[1] - view[0])) * 100}%`;
      tick.textContent = at ? formatTime(at) : "0";
      ticks.push(tick);
    }
    row.replaceChildren(...ticks);
  }

  function show(from, to) {
    const width = Math.min(1, Math.max(1e-6, to - from));
    const left = Math.min(Math.max(0, from), 1 - width);
    view = [left, left + width];
    for (const svg of svgs) svg.setAttribute("viewBox", `${left * span} 0 ${width * span} 100`);
    drawTimes();
  }

  const moves = {
    in: ([a, b]) => [a + (b - a) / 4, b - (b - a) / 4],
    out: ([a, b]) => [a - (b - a) / 2, b + (b - a) / 2],
    left: ([a, b]) => [a - (b - a) / 2, b - (b - a) / 2],
    right: ([a, b]) => [a + (b - a) / 2, b + (b - a) / 2],
    reset: () => [0, 1],
  };
  for (const button of document.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", () => show(...moves[button.dataset.zoom](view)));
  }

  function shareAt(svg, event) {
    const box = svg.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
  }

  function nearest(time) {
    let low = 0;
    let high = points.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (points[middle][0] < time) low = middle + 1;
      else high = middle;
    }
    const before = points[Math.max(0, low - 1)];
    return time - before[0] < points[low][0] - time ? before : points[low];
  }

  function read(svg, event) {
    if (!points.length) return;
    const share = shareAt(svg, event);
    const [time, heap, goal] = nearest(start + (view[0] + share * (view[1] - view[0])) * duration);
    const goalText = goal === null ? "" : `, goal ${formatSize(goal)}`;
    const text = `At ${formatTime(time - start + offset)}: heap ${formatSize(heap)}${goalText}`;
    cross.hidden = false;
    cross.style.left = `${share * 100}%`;
    reading.textContent = text;
    if (!event.target.closest("rect")) growworkTip(text, event);
  }

  for (const svg of svgs) {
    let from = null;
    const box = document.createElement("div");
    box.className = "selecting";
    box.hidden = true;
    svg.parentElement.append(box);
    const isPlot = svg.closest(".plot") !== null;
    svg.addEventListener("pointerdown", (event) => {
      if (event.pointerType === "touch" || event.button) return;
      from = shareAt(svg, event);
      svg.setPointerCapture(event.pointerId);
    });
    svg.addEventListener("pointermove", (event) => {
      if (isPlot) read(svg, event);
      if (from === null) return;
      const to = shareAt(svg, event);
      box.hidden = false;
      box.style.left = `${Math.min(from, to) * 100}%`;
      box.style.width = `${Math.abs(to - from) * 100}%`;
    });
    svg.addEventListener("pointerup", (event) => {
      if (from === null) return;
      const ends = [from, shareAt(svg, event)].sort((a, b) => a - b);
      from = null;
      box.hidden = true;
      if (ends[1] - ends[0] > 0.01) show(...ends.map((at) => view[0] + at * (view[1] - view[0])));
    });
    svg.addEventListener("pointerleave", () => { if (isPlot) { cross.hidden = true; growworkTip(""); } });
  }
  addEventListener("resize", drawTimes);
  drawTimes();
})();
