# SPDX-License-Identifier: Apache-2.0
"""Lines of the log on the pages of troubleshooting are those of the source."""

import re

from cloudkitty.tests.functional.troubleshooting import pages
from cloudkitty.tests.unit import test_documentation
from cloudkitty.tests.unit.common import test_log_fields

PAGES = (
    "changed-numbers",
    "collector-away",
    "no-processor",
    "stuck-tasks",
)
#: A line of the page of the log: event, level, keys.
_ROW = re.compile(r"\* - ``([^`]+)`` - [A-Z, ]+ - ((?:``\w+`` )*)")
_KEY = re.compile(r" (\w+)=(?=\S)")


def documented() -> dict[str, set[str]]:
    """Return the events of the page of the log and their keys.

    ``test_log_fields`` compares the page with the source.
    """
    words = " ".join(test_log_fields.PAGE.read_text("utf-8").split())
    return {
        name: set(re.findall(r"``(\w+)``", keys))
        for name, keys in _ROW.findall(words)
    }


class TestLogLines(test_documentation.SourceTestCase):
    def setUp(self):
        super().setUp()
        self.need("docutils", pages.THERE)
        self.events = documented()
        self.source = "\n".join(
            path.read_text("utf-8")
            for path in test_log_fields.SOURCE.rglob("*.py")
            if "tests" not in path.parts
        )

    def check(self, line):
        line = re.sub(r'"[^"]*"', '""', line)
        first = _KEY.search(line)
        name = line[: first.start()] if first else line
        self.assertIn(f'"{name}', self.source, line)
        self.assertIn(name, self.events)
        unknown = set(_KEY.findall(line)) - self.events[name]
        self.assertEqual(set(), unknown, line)

    def test_each_line_is_written_by_the_source(self):
        for page in PAGES:
            for line in pages.log_lines(page):
                self.check(line)

    def test_the_pages_have_lines_and_commands(self):
        for page in PAGES:
            self.assertGreater(len(pages.log_lines(page)), 2, page)
            self.assertGreater(len(pages.commands(page)), 5, page)

    def test_other_lines_are_found(self):
        for line in ("task delayed task_id=12", "task busy points=1"):
            self.assertRaises(AssertionError, self.check, line)
