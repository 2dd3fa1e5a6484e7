"use strict";
// Exact values of the mark under the pointer. Without this script the browser shows the same
// words from each mark's <title>, after its own delay.
(() => {
  const tip = document.getElementById("tip");

  function words(mark) {
    const title = mark.querySelector("title");
    if (title) {
      mark.dataset.tip = title.textContent;
      title.remove();
    }
    return mark.dataset.tip;
  }

  function place(event) {
    const box = tip.getBoundingClientRect();
    const left = Math.min(event.clientX + 14, innerWidth - box.width - 8);
    const below = event.clientY + 18;
    tip.style.left = `${Math.max(8, left)}px`;
    tip.style.top = `${below + box.height > innerHeight ? event.clientY - box.height - 10 : below}px`;
  }

  window.growworkTip = (text, event) => {
    tip.hidden = !text;
    if (!text) return;
    tip.textContent = text;
    place(event);
  };

  function follow(event) {
    const mark = event.target.closest("svg rect, svg .interval");
    const text = mark && words(mark);
    if (text) growworkTip(text, event);
    else if (!event.target.closest(".plot svg")) growworkTip("");
  }

  addEventListener("pointermove", follow, { passive: true });
  addEventListener("pointerdown", follow, { passive: true });
  addEventListener("scroll", () => growworkTip(""), { passive: true });
})();
