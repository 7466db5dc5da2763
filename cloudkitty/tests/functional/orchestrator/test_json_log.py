# SPDX-License-Identifier: Apache-2.0
"""The log of a processor with the JSON formatter, as documented."""

import json
import pathlib
import re
import textwrap

import cloudkitty
from cloudkitty.common import log_fields
from cloudkitty.tests import base
from cloudkitty.tests.functional.orchestrator import deployment

PAGE = (
    pathlib.Path(cloudkitty.__file__).parents[1]
    / "doc/source/admin/logging.rst"
)


def documented():
    """Return the file ``logging.conf`` of the page."""
    blocks = re.findall(
        r"\.\. code-block:: ini\n\n((?:   .*\n|\n)+)", PAGE.read_text()
    )
    [found] = [block for block in blocks if "[formatters]" in block]
    return textwrap.dedent(found)


class TestJson(base.TestCase):
    def setUp(self):
        super().setUp()
        self.need("the source tree", PAGE.exists())
        self.place = deployment.Deployment(self, hours=3)
        logging_conf = self.place.folder / "logging.conf"
        logging_conf.write_text(documented())
        text = self.place.config.read_text()
        self.place.config.write_text(
            text.replace(
                "[DEFAULT]", f"[DEFAULT]\nlog_config_append = {logging_conf}"
            )
        )

    def lines(self):
        return [
            json.loads(line) for line in self.place.log_text().splitlines()
        ]

    def of(self, event):
        """Return the values of all lines of an event."""
        return [
            line["args"]
            for line in self.lines()
            if re.match(rf"{event}( \w+=%|$)", line["msg"])
        ]

    def test_each_line_has_its_keys(self):
        place = self.place
        place.set_price(1)
        processor = place.start()
        place.wait_until_rated()
        good = place.schedule("project-a", place.window)
        place.wait_until_done(good)
        bad = place.schedule("project-b", place.window, metrics=("nosuch",))
        place.wait_for(
            "a failed attempt", lambda: place.task(bad).attempts >= 1
        )
        processor.terminate()
        ours = [
            line
            for line in self.lines()
            if line["name"].startswith("cloudkitty.")
        ]
        self.assertGreater(len(ours), 8)
        for line in ours:
            self.assertEqual(
                set(re.findall(r"(\w+)=%\(", line["msg"])),
                set(line["args"] or ()),
                line,
            )
            self.assertLessEqual(
                set(line["args"] or ()), set(log_fields.KEYS), line
            )
            self.assertIsNone(line["traceback"], line)
        [ended] = self.of("task succeeded")
        self.assertEqual(
            {
                "task_id": good,
                "scope_id": "project-a",
                "periods": 3,
                "periods_kept": 0,
                "points": 12,
                "no_data": 0,
            },
            {
                key: value
                for key, value in ended.items()
                if key not in ("seconds", "token")
            },
        )
        self.assertGreater(ended["seconds"], 0)
        put_off = self.of("task put off")[0]
        self.assertEqual("1/10", put_off["attempt"])
        self.assertEqual(bad, put_off["task_id"])
        self.assertIn("nosuch", put_off["error"])
        levels = {
            line["levelname"] for line in ours if "put off" in line["msg"]
        }
        self.assertEqual({"WARNING"}, levels)
        rated = self.of("periods rated")
        self.assertTrue(rated)
        for values in rated:
            self.assertRegex(values["begin"], r"^\d{4}-\d\d-\d\dT.*\+00:00$")
