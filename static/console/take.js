// Live price and stock while an order is taken. The page works without it, by "Check price and stock".
(function () {
  "use strict";
  const form = document.getElementById("take");
  if (!form) return;
  const address = form.dataset.offer;
  const list = document.getElementById("sku-suggestions");

  function ask(query) {
    return fetch(address + "?" + new URLSearchParams(query)).then(function (answer) {
      return answer.ok ? answer.json() : null;
    });
  }

  function show(row) {
    const code = row.querySelector("[data-sku]").value.trim();
    const units = Number(row.querySelector("[data-quantity]").value || 0);
    const place = row.querySelector("[data-offer-text]");
    if (!code) {
      place.textContent = "";
      return;
    }
    ask({ channel: form.elements.channel.value, sku: code }).then(function (offer) {
      if (!offer) return;
      if (!offer.known) {
        place.textContent = "There is no such SKU.";
        return;
      }
      const where = offer.places
        .map(function (each) {
          return each.available + " in " + each.location;
        })
        .join(", ");
      const enough = units && offer.available < units ? " Only " + offer.available + " in stock!" : "";
      place.textContent = offer.name + " · " + (offer.price || "no list price") + " · " + (where || "none in stock") + enough + (offer.packs.length ? " · comes in " + offer.packs.join(", ") : "");
    });
  }

  let wait = 0;
  form.addEventListener("input", function (event) {
    if (!event.target.matches("[data-sku]")) return;
    window.clearTimeout(wait);
    const words = event.target.value.trim();
    if (words.length < 2) return;
    wait = window.setTimeout(function () {
      ask({ q: words }).then(function (found) {
        if (!found) return;
        list.replaceChildren(
          ...found.skus.map(function (sku) {
            const option = document.createElement("option");
            option.value = sku.code;
            option.label = sku.name;
            return option;
          })
        );
      });
    }, 200);
  });
  form.addEventListener("change", function (event) {
    const row = event.target.closest("[data-row]");
    if (row) show(row);
    if (event.target.name === "channel") form.querySelectorAll("[data-row]").forEach(show);
  });
  form.querySelectorAll("[data-row]").forEach(show);
})();
