# SPDX-License-Identifier: Apache-2.0
"""The report as a page in Chromium.

With ``CLOUDKITTY_WRITE_PICTURES=1`` the picture of the documentation is
written again.
"""

import os
import pathlib
import re
import struct

import cloudkitty
from cloudkitty.client import page
from cloudkitty.client import totals
from cloudkitty.tests import base
from cloudkitty.tests.fakes import rating_api
from cloudkitty.tests.functional.client import browser

TOP = pathlib.Path(cloudkitty.__file__).parents[1]
PICTURE = TOP / "doc" / "source" / "_static" / "reprocess-report.png"
SIZE = (1000, 1030)
_BAR = re.compile(r'<rect class="bar (\w+)".*? width="(.+?)"')
_SAMPLE = {
    "project-blue": {
        "instance": ("291.6", "32.4"),
        "volume.size": ("7.2", "7.2"),
    },
    "project-green": {
        "instance": ("121.5", "13.5"),
        "volume.size": ("1.152", "1.152"),
    },
}


def sample():
    """Return the report of the demo's correction."""
    tasks = [
        rating_api.task(
            number,
            scope_id=scope_id,
            reason="The price of large instances was ten times too high",
            batch_id="0b0f9e1e-6f0b-4a53-9a3b-0f5e7a3c8d11",
            totals=[
                rating_api.total(metric, *prices)
                for metric, prices in metrics.items()
            ],
        )
        for number, (scope_id, metrics) in enumerate(_SAMPLE.items(), 7)
    ]
    return page.Report(
        tasks=tasks,
        totals=totals.of_tasks(tasks),
        created_at=base.utc("2026-11-22T12:30"),
    )


class TestBrowser(base.TestCase):
    def setUp(self):
        super().setUp()
        self.need("chromium", browser.PROGRAM is not None)
        self.folder = self.make_folder()
        self.browser = browser.Browser(self.folder / "profile")

    def write(self, text):
        path = self.folder / "report.html"
        path.write_text(text, encoding="utf-8")
        return path

    def test_bars_and_console(self):
        elements, messages = self.browser.open(
            self.write(page.render(sample()))
        )
        self.assertEqual([], messages)
        bars = re.findall(
            r'<rect class="bar (\w+)".*? width="(.+?)"', elements
        )
        # Two metrics and two scopes, before and after each.
        self.assertEqual(8, len(bars))
        self.assertEqual(4, sum(kind == "before" for kind, _ in bars))
        widths = [float(width) for _, width in bars]
        self.assertTrue(all(width > 0 for width in widths))
        # The prices of instances: 413.1 and 45.9.
        self.assertAlmostEqual(9, widths[0] / widths[1], delta=0.1)

    def test_a_script_does_not_run(self):
        # The test sees messages, and the page's policy is in force.
        text = page.render(sample()).replace(
            "</body>", "<script>document.title = 'changed'</script></body>"
        )
        elements, messages = self.browser.open(self.write(text))
        self.assertNotIn("<title>changed", elements)
        self.assertIn("Content Security Policy", "".join(messages))

    def test_picture(self):
        picture = self.folder / "report.png"
        if os.environ.get("CLOUDKITTY_WRITE_PICTURES"):
            picture = PICTURE
        path = self.write(page.render(sample()))
        self.browser.take_picture(path, picture, SIZE)
        self.assertEqual(SIZE, _size(picture))
        if PICTURE.exists():
            self.assertEqual(SIZE, _size(PICTURE))


def _size(picture: pathlib.Path) -> tuple[int, int]:
    """Return the width and height of a PNG file."""
    head = picture.read_bytes()[:24]
    assert head.startswith(b"\x89PNG")
    return struct.unpack(">II", head[16:])
