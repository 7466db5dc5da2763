# SPDX-License-Identifier: Apache-2.0
"""Checks and pictures of a page."""

import os
import pathlib

from axe_playwright_python import sync_playwright

TOP = pathlib.Path(__file__).parents[3]
PICTURES = TOP / "doc" / "source" / "_static" / "dashboard"
#: Impacts of axe-core's rules that fail a test.
SERIOUS = ("serious", "critical")
#: The panel's own elements; Horizon's frame is not ours to repair.
OURS = ".reprocess"
WIDE = {"width": 1280, "height": 900}
NARROW = {"width": 380, "height": 800}


def accessible(page, part: str = OURS) -> None:
    """Assert that axe-core finds no serious fault, wide and narrow.

    The page must not be wider than the window.

    :param part: selector of what is checked.
    """
    context = {"include": [[part]]}
    for size in (NARROW, WIDE):
        page.set_viewport_size(size)
        results = sync_playwright.Axe().run(page, context=context)
        faults = [
            (fault["id"], [node["html"] for node in fault["nodes"]][:3])
            for fault in results.response["violations"]
            if fault["impact"] in SERIOUS
        ]
        assert not faults, (size, faults)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= size["width"], (width, size)


def refresh(page) -> None:
    """Have the page refresh itself now, as when its tab is shown again.

    An idle page does so every 20 seconds.
    """
    url = page.locator(OURS).get_attribute("data-url")
    with page.expect_response(lambda response: response.url.endswith(url)):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def picture(
    page, name: str, *, narrow: bool = False, whole: bool = True
) -> None:
    """Make a picture of the page: for the documentation, if asked.

    :param name: of the file, without the suffix.
    :param whole: the whole page, not only as much as the window.
    """
    page.set_viewport_size(NARROW if narrow else WIDE)
    kept = os.environ.get("DASHBOARD_PICTURES")
    path = PICTURES / f"{name}.png" if kept else None
    # At most so much: the other tests' orders are below.
    clip = {"x": 0, "y": 0, **(NARROW if narrow else WIDE)}
    full = {} if whole else {"clip": clip}
    taken = page.screenshot(path=path, full_page=True, **full)
    assert taken.startswith(b"\x89PNG")
