"use strict";
// Filters and sorting. The page stands complete without.
(function () {
  var KEPT = "riskwatch-board " + location.pathname;
  var filters = document.getElementById("filters");

  // --- filters ------------------------------------------------------------------------------------------------------
  var NAMES = ["unit", "tier", "officer"], BLANK = {unit: "none", tier: "none", officer: "nobody"};
  var text = document.getElementById("filter-text"), shown = document.getElementById("shown");
  var byNature = new Intl.Collator("en-GB", {numeric: true}).compare;
  var tables = Array.from(document.querySelectorAll("table.sortable"));
  var rows = Array.from(document.querySelectorAll("table.sortable tbody tr"), function (row) {
    return {node: row, words: NAMES.map(function (name) { return row.dataset[name]; }), text: row.textContent.toLowerCase()};
  });
  var selects = NAMES.map(function (name) { return document.getElementById("filter-" + name); });
  function offer(select, name, word) {
    select.add(new Option(word || BLANK[name], "=" + word));
  }
  selects.forEach(function (select, column) {
    var found = new Set(rows.map(function (row) { return row.words[column]; }));
    Array.from(found).sort(byNature).forEach(function (word) { offer(select, NAMES[column], word); });
    select.addEventListener("change", filter);
  });
  function filter() {
    var wanted = selects.map(function (select) { return select.value; });
    var part = text.value.trim().toLowerCase(), number = 0;
    rows.forEach(function (row) {
      var fits = row.words.every(function (word, column) { return !wanted[column] || "=" + word === wanted[column]; }) &&
        (!part || row.text.indexOf(part) >= 0);
      if (row.node.hidden === fits) { row.node.hidden = !fits; }
      if (fits) { number += 1; }
    });
    shown.textContent = number === rows.length ? "All " + number + " rows are shown."
      : "Filtered: " + number + " of " + rows.length + " rows are shown.";
    keep();
  }
  text.addEventListener("input", filter);
  document.getElementById("filter-none").addEventListener("click", function () {
    selects.forEach(function (select) { select.value = ""; });
    text.value = "";
    filter();
  });

  // --- sorting ------------------------------------------------------------------------------------------------------
  function order(a, b) {
    if (a === "" || b === "") { return a === b ? 0 : a === "" ? 1 : -1; }
    return typeof a === "number" ? a - b : byNature(a, b);
  }
  function sort(table, column, up) {
    var body = table.tBodies[0], sorted = document.createDocumentFragment();
    var keyed = Array.from(body.rows, function (row) {
      var cell = row.cells[column], given = cell.dataset.sort;
      return [given === undefined ? cell.textContent : given === "" ? "" : Number(given), row];
    });
    keyed.sort(function (a, b) { return up ? order(a[0], b[0]) : order(b[0], a[0]); });
    keyed.forEach(function (pair) { sorted.appendChild(pair[1]); });
    body.appendChild(sorted);
    Array.from(table.tHead.rows[0].cells, function (head, number) {
      if (number === column) { head.setAttribute("aria-sort", up ? "ascending" : "descending"); }
      else { head.removeAttribute("aria-sort"); }
    });
    table.caption.textContent = "Sorted by " + table.tHead.rows[0].cells[column].textContent.toLowerCase() +
      (up ? ", upwards." : ", downwards.");
  }
  tables.forEach(function (table) {
    Array.from(table.tHead.rows[0].cells, function (head, column) {
      var button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", function () {
        sort(table, column, head.getAttribute("aria-sort") !== "ascending");
        keep();
      });
    });
  });

  // --- what stays when the page renews itself -----------------------------------------------------------------------
  function keep() {
    var sorts = tables.map(function (table) {
      var cells = Array.from(table.tHead.rows[0].cells);
      var column = cells.findIndex(function (cell) { return cell.hasAttribute("aria-sort"); });
      return [table.closest("[role=region]").getAttribute("aria-label"), column,
        cells[column].getAttribute("aria-sort") === "ascending"];
    });
    var state = {selects: selects.map(function (select) { return select.value; }), text: text.value, sorts: sorts};
    try { sessionStorage.setItem(KEPT, JSON.stringify(state)); } catch (error) { /* it is a comfort only */ }
  }
  function recall() {
    var state = null;
    try { state = JSON.parse(sessionStorage.getItem(KEPT)); } catch (error) { /* as above */ }
    if (!state) { return; }
    selects.forEach(function (select, column) {
      var value = state.selects[column];
      select.value = value;
      if (value && select.value !== value) {  // its last row has gone: that there is none now is the answer
        offer(select, NAMES[column], value.slice(1));
        select.value = value;
      }
    });
    text.value = state.text;
    state.sorts.forEach(function (kept) {
      var table = tables.find(function (one) {
        return one.closest("[role=region]").getAttribute("aria-label") === kept[0];
      });
      if (table && !table.tHead.rows[0].cells[kept[1]].matches("[aria-sort=" + (kept[2] ? "ascending" : "descending") + "]")) {
        sort(table, kept[1], kept[2]);
      }
    });
  }
  recall();
  filters.hidden = rows.length === 0;
  filter();
})();
