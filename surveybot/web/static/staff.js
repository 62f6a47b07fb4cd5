// Keeps the numbers of a page fresh. data-live="/address" names a fragment that is asked for every two seconds;
// (or every data-every milliseconds); each element in it takes the place of the one with the same id. Without this script the page still tells the
// truth of the moment it was opened.
(() => {
  "use strict";
  const EVERY = 2000, SLOWEST = 60000;

  // Somebody who is inside by keyboard keeps their place.
  function inUse(place) {
    const active = document.activeElement;
    return active && place.contains(active) && active.matches(":focus-visible");
  }

  function put(text) {
    const fresh = new DOMParser().parseFromString(text, "text/html");
    for (const piece of fresh.body.querySelectorAll(":scope > [id]")) {
      const place = document.getElementById(piece.id);
      if (place && !inUse(place) && place.innerHTML !== piece.innerHTML) place.innerHTML = piece.innerHTML;
    }
  }

  function watch(address, every) {
    let wait = every;
    async function look() {
      if (!document.hidden) {
        try {
          const answer = await fetch(address, { redirect: "manual" });
          if (answer.status === 200) {
            put(await answer.text());
            wait = every;
          } else if (answer.status === 429 || answer.status >= 500) {
            wait = Math.min(wait * 2, SLOWEST);
          } else {
            return; // Signed out, or gone: the page stays as it is, and the next click says so.
          }
        } catch {
          wait = Math.min(wait * 2, SLOWEST);
        }
      }
      setTimeout(look, wait);
    }
    setTimeout(look, wait);
  }

  document.querySelectorAll("[data-live]").forEach((place) => watch(place.dataset.live, Number(place.dataset.every) || EVERY));
  document.querySelectorAll("[data-focus]").forEach((place) => place.focus());
})();
