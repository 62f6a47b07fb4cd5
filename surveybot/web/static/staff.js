// Keeps the numbers of a page fresh: an element with data-live="/address" is replaced by that fragment every
// two seconds. Without this script the page still tells the truth of the moment it was opened.
(() => {
  "use strict";
  const EVERY = 2000, SLOWEST = 60000;

  // Somebody who is inside by keyboard keeps their place.
  function inUse(place) {
    const active = document.activeElement;
    return active && place.contains(active) && active.matches(":focus-visible");
  }

  function watch(place) {
    let wait = EVERY;
    let shown = "";
    async function look() {
      if (document.hidden || inUse(place)) return next();
      try {
        const answer = await fetch(place.dataset.live, { headers: { "X-Fragment": "1" }, redirect: "manual" });
        if (answer.status === 200) {
          const text = await answer.text();
          if (text !== shown) { place.innerHTML = text; shown = text; }
          wait = EVERY;
        } else if (answer.status === 429 || answer.status >= 500) {
          wait = Math.min(wait * 2, SLOWEST);
        } else {
          return; // Signed out, or gone: the page stays as it is, and the next click says so.
        }
      } catch {
        wait = Math.min(wait * 2, SLOWEST);
      }
      next();
    }
    function next() { setTimeout(look, wait); }
    next();
  }

  document.querySelectorAll("[data-live]").forEach(watch);
  document.querySelectorAll("[data-focus]").forEach((place) => place.focus());
})();
