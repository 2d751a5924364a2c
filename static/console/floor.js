// For the floor: after each scan only the page's middle is exchanged, a tone tells good from bad, the field stays ready.
// Without this script every form is sent and answered by the server just the same.
(function () {
  "use strict";
  const main = document.getElementById("main");
  let sounding = localStorage.getItem("floor-sound") !== "off";
  let audio = null;

  function tone(kind) {
    if (!sounding) return;
    const Context = window.AudioContext || window.webkitAudioContext;
    if (!Context) return;
    audio = audio || new Context();
    const play = function (pitch, start, length) {
      const wave = audio.createOscillator();
      const volume = audio.createGain();
      wave.frequency.value = pitch;
      wave.type = kind === "good" ? "sine" : "square";
      volume.gain.value = 0.15;
      wave.connect(volume).connect(audio.destination);
      wave.start(audio.currentTime + start);
      wave.stop(audio.currentTime + start + length);
    };
    if (kind === "good") play(880, 0, 0.09);
    else {
      play(220, 0, 0.18);
      play(180, 0.24, 0.28);
    }
    if (navigator.vibrate) navigator.vibrate(kind === "good" ? 40 : [120, 80, 120]);
  }

  function ready() {
    const note = main.querySelector("[data-tone]");
    if (note) tone(note.dataset.tone);
    const field = document.getElementById("scan") || main.querySelector("[autofocus]");
    if (field) field.focus();
  }

  // Scans wait for each other: the next one is sent with the key of the page that the last one led to.
  let waiting = Promise.resolve();
  const later = [];

  function send(form, extra) {
    const data = new FormData(form);
    Object.keys(extra).forEach(function (name) {
      data.set(name, extra[name]);
    });
    return fetch(location.href, { method: "POST", body: data, headers: { "X-Requested-With": "fetch" } })
      .then(function (answer) {
        const there = new URL(answer.url);
        if (there.pathname !== location.pathname) {
          location.assign(answer.url);
          return null;
        }
        // What is chosen stands in the address: the next scan is sent there, and a reload shows the same.
        history.replaceState(null, "", there);
        return answer.text();
      })
      .then(function (text) {
        if (text === null) return;
        const fresh = new DOMParser().parseFromString(text, "text/html").getElementById("main");
        if (!fresh) return location.reload();
        const typed = Array.from(main.querySelectorAll("[data-typed]"), function (field) {
          return [field.id, field.value];
        });
        // The scanner may be in the middle of the next code.
        const before = document.getElementById("scan");
        const begun = before ? before.value : "";
        main.innerHTML = fresh.innerHTML;
        const scan = document.getElementById("scan");
        if (scan && begun) scan.value = begun;
        typed.forEach(function (kept) {
          const field = document.getElementById(kept[0]);
          if (!field) return;
          field.value = kept[1];
          field.dataset.typed = "";
        });
        ready();
      })
      .catch(function () {
        const note = document.getElementById("note");
        note.innerHTML = '<p class="f-note f-note-bad"><span class="f-mark">Stop</span> No connection. Scan again.</p>';
        tone("bad");
      });
  }

  document.addEventListener("submit", function (event) {
    const form = event.target;
    if (form.matches("form[data-once]")) {
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = "1";
      return;
    }
    if (!form.matches("form[data-floor]")) return;
    event.preventDefault();
    const pressed = event.submitter;
    const extra = pressed && pressed.name ? { [pressed.name]: pressed.value } : {};
    const scan = form.querySelector("#scan");
    if (scan && !(pressed && pressed.name)) {
      if (!scan.value.trim()) {
        scan.focus(); // figures were typed: now the scan
        return;
      }
      later.push(scan.value);
      scan.value = "";
      waiting = waiting.then(function () {
        const code = later.shift();
        const now = document.getElementById("scan");
        const open = now ? now.closest("form") : null;
        return open && code ? send(open, { scan: code }) : null;
      });
      return;
    }
    waiting = waiting.then(function () {
      const now = document.getElementById("scan");
      return send(scan && now && !form.isConnected ? now.closest("form") : form, extra);
    });
  });

  // What was typed into a marked form (measures, say) outlives the scans after it; what we only proposed does not.
  document.addEventListener("input", function (event) {
    if (event.target.closest("[data-keep-typed]")) event.target.dataset.typed = "";
  });

  // A scanner types faster than any hand: a code that it types into a field of figures is a scan all the same.
  const FASTEST_HAND = 50;
  let burst = null;
  document.addEventListener("keydown", function (event) {
    const field = event.target;
    const scan = document.getElementById("scan");
    if (event.key === "Shift") return;
    if (!scan || field === scan || !field.matches("input[inputmode=numeric]")) {
      burst = null;
      return;
    }
    const goesOn = burst && burst.field === field && event.timeStamp - burst.at < FASTEST_HAND;
    if (event.key.length === 1) {
      burst = { field: field, before: goesOn ? burst.before : field.value, code: goesOn ? burst.code : "" };
      burst.code += event.key;
      burst.at = event.timeStamp;
      return;
    }
    if (event.key === "Enter" && goesOn && burst.code.length > 3) {
      event.preventDefault();
      field.value = burst.before;
      scan.value = burst.code;
      scan.form.requestSubmit(scan.form.querySelector("button"));
    }
    burst = null;
  });

  // What the scanner types lands in the field, wherever the thumb was last.
  document.addEventListener("keydown", function (event) {
    const scan = document.getElementById("scan");
    if (!scan || event.ctrlKey || event.altKey || event.metaKey || event.key.length !== 1) return;
    if (event.target.closest("input, select, textarea, button, summary, a") && event.target !== document.body) return;
    scan.focus();
  });

  const sound = document.querySelector("[data-sound]");
  function drawSound() {
    sound.textContent = sounding ? "Sound on" : "Sound off";
    sound.setAttribute("aria-pressed", sounding ? "true" : "false");
  }
  sound.hidden = false;
  drawSound();
  sound.addEventListener("click", function () {
    sounding = !sounding;
    localStorage.setItem("floor-sound", sounding ? "on" : "off");
    drawSound();
    if (sounding) tone("good");
  });
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-sent]").forEach(function (form) {
      delete form.dataset.sent;
    });
  });
  ready();
})();
