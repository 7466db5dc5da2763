# SPDX-License-Identifier: Apache-2.0
import html.parser
import re

from cloudkitty.client import page
from cloudkitty.client import totals
from cloudkitty.tests import base
from cloudkitty.tests.fakes import rating_api


class Parser(html.parser.HTMLParser):
    """Counts the bars, and collects the addresses that a page loads."""

    def __init__(self):
        super().__init__()
        self.bars = 0
        self.tags = set()
        self.addresses = []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        found = dict(attrs)
        self.bars += tag == "rect" and "bar" in found["class"].split()
        self.addresses += [
            found[name] for name in ("src", "href", "data") if name in found
        ]


def render(*tasks):
    return page.render(
        page.Report(
            tasks=tasks,
            totals=totals.of_tasks(tasks),
            created_at=base.utc("2026-11-22T12:30"),
        )
    )


class TestPage(base.TestCase):
    def parse(self, text):
        parser = Parser()
        parser.feed(text)
        return parser

    def test_bars_and_numbers(self):
        items = [
            rating_api.total("cpu", "336", "96"),
            rating_api.total("disk", "1", "0"),
        ]
        text = render(
            rating_api.task(7, totals=items),
            rating_api.task(8, totals=items[:1], scope_id="project-2"),
            # Not in the charts.
            rating_api.task(
                9, "running", [rating_api.total("cpu", "5", None)]
            ),
        )
        # Two for each of two metrics and of two scopes.
        self.assertEqual(8, self.parse(text).bars)
        for number in ("673", "192", "-481"):
            self.assertIn(f"<b>{number}</b>", text)
        self.assertIn("not in the sums<b>1</b>", text)
        self.assertIn("3: 2 succeeded, 1 running", text)
        self.assertIn("2026-11-22 12:30:00 UTC", text)

    def test_it_loads_nothing(self):
        parsed = self.parse(render(rating_api.task()))
        self.assertEqual(["data:,"], parsed.addresses)
        self.assertEqual(
            set(), parsed.tags & {"script", "img", "iframe", "object"}
        )
        text = render(rating_api.task())
        self.assertIn("default-src 'none'", text)
        self.assertEqual([], re.findall(r"url\(|@import|https?:", text))

    def test_texts_are_escaped(self):
        evil = '<script>alert("1")</script>&'
        text = render(
            rating_api.task(
                totals=[rating_api.total(evil)],
                scope_id=evil,
                reason=evil,
                batch_id=evil,
            )
        )
        self.assertNotIn("<script>", text)
        self.assertIn("&lt;script&gt;", text)

    def test_braces_are_text(self):
        self.assertIn("{title}", render(rating_api.task(reason="{title}")))

    def test_a_preview(self):
        self.assertIn(
            "<h1>Preview of a reprocess</h1>",
            render(rating_api.task(mode="preview")),
        )

    def test_no_totals(self):
        text = render(rating_api.task(batch_id=None))
        self.assertEqual(0, self.parse(text).bars)
        self.assertIn("<b>0</b>", text)

    def test_many_scopes(self):
        tasks = [
            rating_api.task(n, totals=[rating_api.total()], scope_id=f"s{n}")
            for n in range(page.MAX_SCOPES + 3)
        ]
        text = render(*tasks)
        self.assertEqual(2 + 2 * page.MAX_SCOPES, self.parse(text).bars)
        self.assertIn("3 more with smaller differences", text)
