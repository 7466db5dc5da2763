// SPDX-License-Identifier: Apache-2.0
// Marks provisional prices on the project's pages of rating. Horizon loads it
// on each page.
(function () {
  "use strict";

  const path = window.location.pathname;
  const found = /^(.*\/)project\/(rating|reporting)(\/|$)/.exec(path);
  const place = document.getElementById("content_body");
  if (!found || !place) {
    return;
  }
  const banner = document.createElement("div");
  banner.setAttribute("role", "status");
  place.prepend(banner);

  fetch(`${found[1]}project/provisional/banner`).then(function (response) {
    return response.status === 200 && !response.redirected
      ? response.text() : "";
  }).then(function (html) {
    if (html) {
      banner.className = "alert alert-warning reprocess-provisional";
      banner.style.color = "#5a4520";
      banner.innerHTML = html;
    }
  }).catch(function () {
    // The page itself shows that the service does not answer.
  });
})();
