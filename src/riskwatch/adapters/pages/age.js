"use strict";
// How old the data is, and renewing the page. It stands complete without.
(function () {
  var MINUTE_S = 60, IDLE_S = 60, CLOCK_BEHIND_S = 120;
  var touchedAt = Date.now();
  ["keydown", "pointerdown", "wheel", "touchmove", "input"].forEach(function (name) {
    addEventListener(name, function () { touchedAt = Date.now(); }, {passive: true});
  });

  // --- the age ------------------------------------------------------------------------------------------------------
  var age = document.getElementById("age"), title = document.title;
  var readAt = Number(age.dataset.at), madeAt = Number(age.dataset.made);
  var staleAfter = Number(age.dataset.staleAfter), renewedEvery = Number(age.dataset.renewedEvery);
  var loadedAt = Date.now() / 1000;
  function words(seconds) {
    var minutes = Math.floor(seconds / 60), hours = Math.floor(minutes / 60), days = Math.floor(hours / 24);
    function many(number, word) { return number + " " + word + (number === 1 ? "" : "s"); }
    if (days > 0) { return many(days, "day") + " " + many(hours % 24, "hour"); }
    if (hours > 0) { return many(hours, "hour") + " " + many(minutes % 60, "minute"); }
    return minutes > 0 ? many(minutes, "minute") : "less than a minute";
  }
  function showAge() {
    if (!readAt) { return; }
    var now = Date.now() / 1000, old = now - readAt, behind = madeAt - now > CLOCK_BEHIND_S;
    var stale = behind || old > staleAfter;
    var text = behind ? "This computer's clock is behind: compare the time below"
      : (stale ? "STALE: the data is " : "The data is ") + words(old) + " old";
    if (age.textContent !== text) { age.textContent = text; }
    age.classList.toggle("stale", stale);
    document.title = (stale ? "STALE: " : "") + title;
  }
  function renew() {
    var now = Date.now() / 1000, isIdle = now - touchedAt / 1000 > IDLE_S;
    if (isIdle && now - madeAt > renewedEvery && now - loadedAt > MINUTE_S) { location.reload(); }
  }
  showAge();
  setInterval(function () { showAge(); renew(); }, 15000);
})();
