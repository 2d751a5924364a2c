// Suggestions of SKUs while one is typed. The page works without it: sending tells what is wrong.
(function () {
  "use strict";
  const form = document.querySelector("form[data-skus]");
  const list = document.getElementById("sku-suggestions");
  if (!form || !list) return;
  let wait = 0;
  form.addEventListener("input", function (event) {
    if (!event.target.matches("[data-sku]")) return;
    window.clearTimeout(wait);
    const words = event.target.value.trim();
    if (words.length < 2) return;
    wait = window.setTimeout(function () {
      fetch(form.dataset.skus + "?" + new URLSearchParams({ q: words }))
        .then(function (answer) {
          return answer.ok ? answer.json() : null;
        })
        .then(function (found) {
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
})();
