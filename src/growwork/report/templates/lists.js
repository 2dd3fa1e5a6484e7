// Filter and order findings, sort tables, mark the section in view.
(() => {
  for (const part of document.querySelectorAll(".needs-script")) part.hidden = false;

  const list = document.getElementById("findinglist");
  if (list) {
    const findings = [...list.children];
    const severity = document.getElementById("severity");
    const search = document.getElementById("search");
    const order = document.getElementById("order");
    const unfold = document.getElementById("unfold");
    const compare = {
      rank: (a, b) => a.dataset.rank - b.dataset.rank,
      bytes: (a, b) => b.dataset.bytes - a.dataset.bytes,
      assist: (a, b) => b.dataset.assist - a.dataset.assist,
      place: (a, b) => (a.dataset.place < b.dataset.place ? -1 : 1),
    };
    const filter = () => {
      const wanted = search.value.trim().toLowerCase();
      let shown = 0;
      for (const finding of findings) {
        const match = (!severity.value || finding.dataset.severity === severity.value)
          && (!wanted || finding.textContent.toLowerCase().includes(wanted));
        finding.hidden = !match;
        shown += match;
      }
      document.getElementById("nomatch").hidden = shown > 0;
    };
    severity.addEventListener("change", filter);
    search.addEventListener("input", filter);
    order.addEventListener("change", () => list.append(...findings.sort(compare[order.value])));
    unfold.addEventListener("click", () => {
      const open = !findings.every((finding) => finding.open);
      for (const finding of findings) finding.open = open;
      unfold.textContent = open ? "Close all" : "Open all";
    });
  }

  function keyOf(row, column) {
    const cell = row.cells[column];
    return "value" in cell.dataset ? Number(cell.dataset.value) : cell.textContent;
  }

  function sortBy(table, column, heading) {
    const descending = heading.getAttribute("aria-sort") !== "descending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
    const rows = [...table.tBodies[0].rows].map((row) => [keyOf(row, column), row]);
    rows.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0) * (descending ? -1 : 1));
    table.tBodies[0].append(...rows.map(([, row]) => row));
  }

  for (const table of document.querySelectorAll("table.sortable")) {
    [...table.tHead.rows[0].cells].forEach((heading, column) => {
      if (!heading.textContent) return;
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = heading.textContent;
      button.addEventListener("click", () => sortBy(table, column, heading));
      heading.replaceChildren(button);
    });
  }

  const links = new Map([...document.querySelectorAll("nav a")].map((link) => [link.hash.slice(1), link]));
  const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      for (const link of links.values()) link.removeAttribute("aria-current");
      links.get(entry.target.id)?.setAttribute("aria-current", "true");
    }
  }, { rootMargin: "-15% 0px -75% 0px" });
  for (const section of document.querySelectorAll("main > section")) watcher.observe(section);

  // A link to a finding opens it.
  const reveal = () => {
    const target = document.getElementById(location.hash.slice(1));
    if (target instanceof HTMLDetailsElement) target.open = true;
  };
  addEventListener("hashchange", reveal);
  reveal();
})();
