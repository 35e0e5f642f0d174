"use strict";
(function () {
  var age = document.getElementById("age");
  var readAt = Number(age.dataset.readAt), staleAfter = Number(age.dataset.staleAfter);
  function words(seconds) {
    var minutes = Math.floor(seconds / 60), hours = Math.floor(minutes / 60), days = Math.floor(hours / 24);
    function many(number, word) { return number + " " + word + (number === 1 ? "" : "s"); }
    if (days > 0) { return many(days, "day") + " " + many(hours % 24, "hour"); }
    if (hours > 0) { return many(hours, "hour") + " " + many(minutes % 60, "minute"); }
    return many(Math.max(0, minutes), "minute");
  }
  function show() {
    if (!readAt) { return; }
    var old = Date.now() / 1000 - readAt, stale = old > staleAfter;
    age.textContent = (stale ? "STALE: the data is " : "The data is ") + words(old) + " old";
    age.classList.toggle("stale", stale);
  }
  show();
  setInterval(show, 15000);

  var filters = document.getElementById("filters");
  var rows = Array.prototype.slice.call(document.querySelectorAll("tbody tr[data-late]"));
  var shown = document.getElementById("shown");
  function fill(name) {
    var select = document.getElementById("filter-" + name), seen = {};
    rows.forEach(function (row) { seen[row.dataset[name]] = true; });
    Object.keys(seen).sort().forEach(function (word) {
      var option = document.createElement("option");
      option.value = "=" + word;
      option.textContent = word || "none";
      select.appendChild(option);
    });
    select.addEventListener("change", filter);
  }
  function filter() {
    var wanted = ["unit", "tier", "officer"].map(function (name) {
      return [name, document.getElementById("filter-" + name).value];
    });
    var text = document.getElementById("filter-text").value.trim().toLowerCase(), number = 0;
    rows.forEach(function (row) {
      var fits = wanted.every(function (pair) { return !pair[1] || "=" + row.dataset[pair[0]] === pair[1]; }) &&
        (!text || row.textContent.toLowerCase().indexOf(text) >= 0);
      row.hidden = !fits;
      if (fits) { number += 1; }
    });
    shown.textContent = number + " of " + rows.length + " rows shown";
  }
  ["unit", "tier", "officer"].forEach(fill);
  document.getElementById("filter-text").addEventListener("input", filter);
  filters.hidden = rows.length === 0;
  filter();

  Array.prototype.forEach.call(document.querySelectorAll("table.sortable"), function (table) {
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (head, column) {
      var button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.textContent = "";
      head.appendChild(button);
      button.addEventListener("click", function () {
        var up = head.getAttribute("aria-sort") !== "ascending", body = table.tBodies[0];
        var order = Array.prototype.map.call(body.rows, function (row) {
          var cell = row.cells[column];
          return [cell.dataset.sort === undefined ? cell.textContent : Number(cell.dataset.sort), row];
        });
        order.sort(function (a, b) {
          var less = typeof a[0] === "number" ? a[0] - b[0] : a[0].localeCompare(b[0]);
          return up ? less : -less;
        });
        Array.prototype.forEach.call(table.tHead.rows[0].cells, function (other) { other.removeAttribute("aria-sort"); });
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        order.forEach(function (pair) { body.appendChild(pair[1]); });
      });
    });
  });
})();
