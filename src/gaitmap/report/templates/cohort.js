(function () {
  "use strict";
  const payload = JSON.parse(document.getElementById("payload").textContent);
  const config = { responsive: true, displaylogo: false, showTips: false, modeBarButtons: [["toImage", "zoom2d", "resetScale2d"]] };
  const tables = document.querySelectorAll(".grouping");

  function showGrouping(index) {
    const figure = payload.figures[index];
    const place = document.getElementById("cohort-plot");
    place.style.height = `${figure.layout.height}px`;
    Plotly.react(place, figure.data, figure.layout, config);
    tables.forEach((table, i) => { table.hidden = i !== index; });
  }
  if (payload.figures.length) showGrouping(0);
  const select = document.getElementById("grouping");
  if (select) select.addEventListener("change", () => showGrouping(select.selectedIndex));

  const table = document.getElementById("recordings-table");
  if (!table) return;
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  const heads = Array.from(table.tHead.rows[0].cells);

  function compare(a, b) {
    if (a === undefined || b === undefined) return (a === undefined) - (b === undefined);
    const [x, y] = [Number(a), Number(b)];
    return Number.isNaN(x) || Number.isNaN(y) ? a.localeCompare(b, undefined, { numeric: true }) : x - y;
  }
  heads.forEach((head, column) => {
    head.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const key = (row) => row.cells[column].dataset.key;
      rows.sort((a, b) => {
        // Cells without a value stay at the end.
        if (key(a) === undefined || key(b) === undefined) return compare(key(a), key(b));
        return (down ? -1 : 1) * compare(key(a), key(b));
      });
      body.append(...rows);
    });
  });
  const find = document.getElementById("find");
  find.addEventListener("input", () => {
    const wanted = find.value.trim().toLowerCase();
    let count = 0;
    for (const row of rows) {
      row.hidden = !row.textContent.toLowerCase().includes(wanted);
      count += !row.hidden;
    }
    document.getElementById("n-found").textContent = wanted ? `${count} of ${rows.length}` : "";
  });
})();
