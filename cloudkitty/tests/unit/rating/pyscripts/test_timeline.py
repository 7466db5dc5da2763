# SPDX-License-Identifier: Apache-2.0
"""Scripts in force for the period that starts at a time."""

import datetime

from cloudkitty.db.rules import scripts as script_rows
from cloudkitty.rating.pyscripts import timeline
from cloudkitty.tests import base

AT = base.utc("2026-11-01T05:00")
SECOND = datetime.timedelta(seconds=1)


def script(name, start=AT, end=None, deleted=None):
    return script_rows.Script(
        id=1,
        script_id=name,
        name=name,
        data="",
        checksum="",
        start=start,
        end=end,
        description=None,
        created_at=AT,
        deleted=deleted,
        created_by="me",
        updated_by=None,
        deleted_by=None,
    )


class TestTimeline(base.TestCase):
    def names(self, line, at):
        return [one.name for one in line.at(at)]

    def test_from_start_to_end(self):
        line = timeline.Timeline([script("a", AT, AT + 2 * SECOND)])
        for seconds, names in ((-1, []), (0, ["a"]), (1, ["a"]), (2, [])):
            self.assertEqual(names, self.names(line, AT + seconds * SECOND))

    def test_for_ever(self):
        line = timeline.Timeline([script("a")])
        self.assertEqual(
            ["a"], self.names(line, AT + datetime.timedelta(days=9999))
        )

    def test_deleted_ones_never(self):
        line = timeline.Timeline([script("a", deleted=AT + 9 * SECOND)])
        self.assertEqual([], self.names(line, AT))

    def test_in_the_order_given(self):
        line = timeline.Timeline(
            [script("b"), script("a", AT - SECOND), script("c", AT + SECOND)]
        )
        self.assertEqual(["b", "a"], self.names(line, AT))
        self.assertEqual(["b", "a", "c"], self.names(line, AT + SECOND))
        self.assertEqual(["a"], self.names(line, AT - SECOND))

    def test_other_zones(self):
        line = timeline.Timeline([script("a", AT)])
        zone = datetime.timezone(datetime.timedelta(hours=9))
        self.assertEqual(["a"], self.names(line, AT.astimezone(zone)))

    def test_without_length(self):
        line = timeline.Timeline([script("a", AT, AT)])
        self.assertEqual([], self.names(line, AT))
