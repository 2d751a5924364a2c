// The console's own small helpers. Every page works without them.
(function () {
  "use strict";

  // A form is sent once: the second click finds the button asleep. (The server guards this as well.)
  document.addEventListener("submit", function (event) {
    const form = event.target;
    if (!form.matches("form[data-once]")) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    window.setTimeout(function () {
      form.querySelectorAll("button[type=submit]").forEach(function (button) {
        button.setAttribute("aria-busy", "true");
      });
    }, 0);
  });

  // Coming back by the browser's back button, the form can be sent again.
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-sent]").forEach(function (form) {
      delete form.dataset.sent;
    });
  });

  // What was typed survives a session that ended in between: it is kept in this tab until the page after it loads.
  const KEPT = "console-kept:";
  function fields(form) {
    return Array.from(form.elements).filter(function (field) {
      return field.name && !["hidden", "password", "file", "submit", "button"].includes(field.type);
    });
  }
  document.addEventListener("submit", function (event) {
    const form = event.target;
    if (!form.matches("form[data-keep]")) return;
    const values = fields(form).map(function (field) {
      return [field.name, field.type === "checkbox" || field.type === "radio" ? field.checked : field.value, field.value];
    });
    try {
      sessionStorage.setItem(KEPT + location.pathname, JSON.stringify(values));
    } catch (error) {
      /* private mode: nothing is kept */
    }
  });
  window.addEventListener("DOMContentLoaded", function () {
    const login = document.getElementById("login-form");
    if (login) return;
    const form = document.querySelector("form[data-keep]");
    const place = KEPT + location.pathname;
    const kept = sessionStorage.getItem(place);
    Object.keys(sessionStorage).forEach(function (name) {
      if (name.startsWith(KEPT)) sessionStorage.removeItem(name);
    });
    if (!form || !kept || form.querySelector(".c-field-errors") || document.querySelector(".c-note-bad")) return;
    if (!document.referrer.includes("/login/")) return;
    const left = JSON.parse(kept);
    fields(form).forEach(function (field) {
      const at = left.findIndex(function (entry) {
        return entry[0] === field.name && (typeof entry[1] === "string" || entry[2] === field.value);
      });
      if (at < 0) return;
      const value = left.splice(at, 1)[0][1];
      if (typeof value === "boolean") field.checked = value;
      else field.value = value;
    });
  });

  // The searching select boxes come without a name for those who listen; they may be drawn after the page is loaded.
  function nameBoxes() {
    document.querySelectorAll("select.admin-autocomplete").forEach(function (select) {
      const label = document.querySelector('label[for="' + select.id + '"]');
      const box = select.nextElementSibling;
      if (!label || !box) return;
      box.querySelectorAll('[role="combobox"], [role="textbox"]').forEach(function (part) {
        part.removeAttribute("aria-labelledby");
        part.setAttribute("aria-label", label.textContent.replace("*", "").trim());
      });
    });
  }
  window.addEventListener("load", function () {
    nameBoxes();
    window.setTimeout(nameBoxes, 250);
  });

  // Numbers that should stay fresh: the marked part of the page is fetched again now and then.
  window.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("[data-refresh]").forEach(function (part) {
      window.setInterval(function () {
        if (document.hidden) return;
        fetch(location.href, { headers: { "X-Requested-With": "fetch" } })
          .then(function (answer) {
            return answer.ok && !answer.redirected ? answer.text() : null;
          })
          .then(function (text) {
            if (!text) return;
            const fresh = new DOMParser().parseFromString(text, "text/html").getElementById(part.id);
            if (fresh) part.innerHTML = fresh.innerHTML;
          })
          .catch(function () {
            /* away for a moment: the next round tries again */
          });
      }, Number(part.dataset.refresh) * 1000);
    });
  });
})();
