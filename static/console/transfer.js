// Suggestions and free stock while a transfer is drafted. The page works without it: saving tells what is wrong.
(function () {
  "use strict";
  const form = document.getElementById("transfer");
  if (!form) return;
  const list = document.getElementById("sku-suggestions");

  function ask(query) {
    return fetch(form.dataset.skus + "?" + new URLSearchParams(query)).then(function (answer) {
      return answer.ok ? answer.json() : null;
    });
  }

  function show(row) {
    const code = row.querySelector("[data-sku]").value.trim();
    const units = Number(row.querySelector("[data-quantity]").value || 0);
    const place = row.querySelector("[data-free]");
    if (!code) {
      place.textContent = "";
      return;
    }
    ask({ sku: code, source: form.elements.source.value }).then(function (found) {
      if (!found) return;
      if (!found.known) {
        place.textContent = "There is no such SKU.";
        return;
      }
      place.textContent = found.free + " · " + found.name + (units > found.free ? " · Not enough!" : "");
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
    if (event.target.name === "source") form.querySelectorAll("[data-row]").forEach(show);
  });
  form.querySelectorAll("[data-row]").forEach(show);
})();
