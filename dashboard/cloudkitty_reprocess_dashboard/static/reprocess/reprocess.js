// SPDX-License-Identifier: Apache-2.0
// Refreshes the parts of a page, and asks before an order is changed.
"use strict";

(function () {
  const page = document.querySelector(".reprocess");
  if (!page) {
    return;
  }
  const slowest = 60;
  let etag = page.dataset.etag || "";
  let seconds = page.dataset.busy === "true" ? 3 : 20;
  let failures = 0;
  let timer = null;

  // Confirmation. It is outside of all parts, so a refresh does not touch it.
  const dialog = document.getElementById("reprocess-confirm");

  function ask(button) {
    const form = dialog.querySelector("form");
    const label = dialog.querySelector("label");
    form.setAttribute("action", button.dataset.confirm);
    form.elements.action.value = button.dataset.action;
    form.elements.digest.value = button.dataset.digest || "";
    form.elements.reason.value = button.dataset.reason || "";
    form.elements.reason.required = Boolean(button.dataset.required);
    if (form.elements.force) {
      form.elements.force.checked = false;
      dialog.querySelector("[data-forces]").hidden = !button.dataset.force;
    }
    label.textContent = button.dataset.reasonLabel || label.dataset.label;
    dialog.querySelector("h2").textContent = button.dataset.title;
    dialog.querySelector("#reprocess-confirm-text").textContent =
      button.dataset.text;
    dialog.querySelector("[data-submit]").textContent =
      button.dataset.submitLabel || button.textContent;
    dialog.dataset.opener = button.dataset.key;
    dialog.showModal();
  }

  page.addEventListener("click", function (event) {
    const button = event.target.closest("[data-confirm]");
    if (button) {
      ask(button);
    } else if (event.target.closest("[data-close]")) {
      dialog.close();
    }
  });

  // The button that opened it may have been replaced in the meantime.
  dialog.addEventListener("close", function () {
    focusKey(dialog.dataset.opener);
  });

  function focusKey(key) {
    const found = key && page.querySelector(
      `[data-key="${CSS.escape(key)}"]`);
    if (found) {
      found.focus({ preventScroll: true });
    }
  }

  // Refreshing.
  function replace(part, html) {
    const fresh = document.createElement("div");
    fresh.innerHTML = html;
    part.querySelectorAll("details[open]").forEach(function (details) {
      const same = fresh.querySelector(`#${CSS.escape(details.id)}`);
      if (same) {
        same.open = true;
      }
    });
    if (fresh.innerHTML === part.innerHTML) {
      return;
    }
    const active = part.contains(document.activeElement)
      ? document.activeElement.dataset.key : null;
    if (!replaceRows(part, fresh)) {
      part.replaceChildren(...fresh.childNodes);
    }
    focusKey(active);
  }

  // Replace only the rows that differ, if old and new have the same rows:
  // texts that are being selected or read elsewhere stay as they are.
  function replaceRows(part, fresh) {
    const old = part.querySelectorAll("[data-row]");
    const now = fresh.querySelectorAll("[data-row]");
    if (!now.length || around(part) !== around(fresh)) {
      return false;
    }
    now.forEach(function (row, index) {
      if (!row.isEqualNode(old[index])) {
        old[index].replaceWith(row);
      }
    });
    return true;
  }

  // The names of the rows, and all that is not in a row.
  function around(part) {
    const copy = part.cloneNode(true);
    copy.querySelectorAll("[data-row]").forEach(function (row) {
      row.replaceWith(row.dataset.row);
    });
    return copy.innerHTML;
  }

  function show(text) {
    const line = page.querySelector(".reprocess-stale");
    if (line.textContent !== text) {
      line.textContent = text;
    }
  }

  async function fetchParts() {
    const headers = etag ? { "If-None-Match": etag } : {};
    const response = await fetch(page.dataset.url, { headers: headers });
    if (response.status === 304) {
      return;
    }
    const kind = response.headers.get("Content-Type") || "";
    if (response.redirected || !kind.includes("json")) {
      throw new Error(page.dataset.textLogin);
    }
    const body = await response.json();
    if (!response.ok) {
      throw new Error(`${page.dataset.textError} ${body.error}`);
    }
    etag = response.headers.get("ETag") || "";
    seconds = body.seconds;
    for (const [name, html] of Object.entries(body.parts)) {
      const part = page.querySelector(`[data-part="${name}"]`);
      if (part) {
        replace(part, html);
      }
    }
  }

  async function refresh() {
    clearTimeout(timer);
    try {
      await fetchParts();
      failures = 0;
      show("");
    } catch (error) {
      failures += 1;
      show(error instanceof TypeError
        ? `${page.dataset.textError} ${error.message}` : error.message);
    }
    schedule();
  }

  function schedule() {
    clearTimeout(timer);
    const wait = Math.min(slowest, seconds * Math.pow(2, failures));
    timer = setTimeout(refresh, wait * 1000);
  }

  if (page.dataset.url) {
    schedule();
    document.addEventListener("visibilitychange", function () {
      if (document.hidden) {
        clearTimeout(timer);
      } else {
        refresh();
      }
    });
  }
})();
