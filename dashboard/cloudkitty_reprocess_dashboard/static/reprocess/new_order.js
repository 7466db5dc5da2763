// SPDX-License-Identifier: Apache-2.0
// The form of a new order: search of scopes, window of whole periods.
"use strict";

(function () {
  const form = document.querySelector(".reprocess-form");
  if (!form) {
    return;
  }
  const scopes = form.querySelector("#reprocess-scopes");
  const boxes = Array.from(scopes.querySelectorAll("input[name=scope]"));
  const counter = form.querySelector("#reprocess-selected");
  const output = form.querySelector("#reprocess-window");
  const begin = form.elements.begin;
  const end = form.elements.end;
  let asked = 0;

  function all() {
    return form.elements.scopes.value === "all";
  }

  function chosen() {
    return boxes.filter((box) => all() || box.checked);
  }

  function showScopes() {
    scopes.hidden = all();
    counter.textContent = all()
      ? "" : counter.dataset.text.replace("%d", chosen().length);
    // Validity is shown by the browser when the form is sent.
    const message = chosen().length ? "" : form.dataset.textScopes;
    form.querySelector("[name=scopes][value=selected]")
      .setCustomValidity(message);
  }

  // Seconds until which all chosen scopes are rated.
  function rated() {
    const times = chosen().map((box) => Number(box.dataset.rated))
      .filter((time) => time);
    return times.length ? Math.min(...times) : 0;
  }

  // The server knows the user's zone, and is the only place that converts.
  async function showWindow() {
    const number = ++asked;
    const query = new URLSearchParams({
      begin: begin.value, end: end.value, period: form.elements.period.value,
      rated: rated(),
    });
    const response = await fetch(`${form.dataset.windowUrl}?${query}`);
    if (number !== asked || !response.ok || response.redirected) {
      return;
    }
    const body = await response.json();
    if (body.begin) {
      begin.value = body.begin;
      end.value = body.end;
    }
    output.textContent = [body.text, body.error].filter(Boolean).join(". ");
    output.classList.toggle("reprocess-error-text", Boolean(body.error));
    end.setCustomValidity(body.error);
  }

  form.querySelector("#reprocess-search").addEventListener(
    "input", function (event) {
      const words = event.target.value.toLowerCase().trim();
      for (const row of scopes.querySelectorAll("li")) {
        row.hidden = !row.dataset.search.includes(words);
      }
    });

  // Enter in the search must not send the form.
  form.querySelector("#reprocess-search").addEventListener(
    "keydown", function (event) {
      if (event.key === "Enter") {
        event.preventDefault();
      }
    });

  form.addEventListener("change", function (event) {
    const name = event.target.name;
    if (name === "scope" || name === "scopes") {
      showScopes();
    }
    if (["scope", "scopes", "begin", "end"].includes(name)) {
      showWindow();
    }
  });

  showScopes();
  showWindow();
})();
