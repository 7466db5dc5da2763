# SPDX-License-Identifier: Apache-2.0
"""Updates of scripts."""

import dataclasses
import datetime

from cloudkitty.rating.editing import errors as edit_errors
from cloudkitty.rating.editing import updates
from cloudkitty.rating.pyscripts import editing
from cloudkitty.tests import base
from cloudkitty.tests.unit.rating.pyscripts import test_timeline

NOW = base.utc("2026-11-22T12:00")
HOUR = datetime.timedelta(hours=1)
EDITABLE = ("name", "data", "start", "end", "description")


def script(**changes):
    made = test_timeline.script("a", NOW - HOUR)
    return dataclasses.replace(made, data="x = 1", **changes)


def apply(stored, given, now):
    return updates.apply(editing.UPDATES, stored, given, now)


def sent_back(stored, **changes):
    """Return a script as a client sends it back, with some changes."""
    read = dataclasses.asdict(stored)
    for name in ("id", "script_id", "checksum"):
        del read[name]
    return {**read, **changes}


class TestBegun(base.TestCase):
    def test_unchanged(self):
        stored = script()
        self.assertIs(stored, apply(stored, sent_back(stored), NOW))
        self.assertIs(stored, apply(stored, {"name": "a"}, NOW))

    def test_fractions_of_seconds_are_no_change(self):
        stored = script(start=NOW - HOUR + datetime.timedelta(microseconds=9))
        given = sent_back(stored, start=NOW - HOUR, end=NOW + HOUR)
        self.assertEqual(
            dataclasses.replace(stored, end=NOW + HOUR),
            apply(stored, given, NOW),
        )

    def test_only_an_end_can_be_given(self):
        stored = script(description="words")
        for name, value in (
            ("name", "b"),
            ("data", "x = 2"),
            ("start", NOW + HOUR),
            ("description", "other"),
        ):
            error = self.assertRaises(
                edit_errors.Begun,
                apply,
                stored,
                sent_back(stored, **{name: value}, end=NOW + HOUR),
                NOW,
            )
            self.assertIn(f": {name} cannot change", str(error))

    def test_empty_attributes_change_nothing(self):
        stored = script(description="words")
        given = sent_back(stored, description=None, data="", start=None)
        self.assertIs(stored, apply(stored, given, NOW))

    def test_not_into_the_past(self):
        self.assertRaises(
            edit_errors.EndPast,
            apply,
            script(),
            {"name": "a", "end": NOW - datetime.timedelta(seconds=1)},
            NOW,
        )

    def test_now_is_the_earliest_end(self):
        found = apply(script(), {"name": "a", "end": NOW}, NOW)
        self.assertEqual(NOW, found.end)

    def test_an_end_stays(self):
        stored = script(end=NOW + HOUR)
        for end in (NOW + 2 * HOUR, NOW + HOUR / 2, None):
            self.assertRaises(
                edit_errors.EndFixed,
                apply,
                stored,
                {"name": "a", "end": end},
                NOW,
            )

    def test_attributes_of_the_service_are_read_only(self):
        stored = script()
        for name, value in (
            ("created_at", NOW),
            ("created_by", "other"),
            ("updated_by", "other"),
            ("deleted", NOW),
            ("deleted_by", "other"),
        ):
            self.assertRaises(
                edit_errors.ReadOnly,
                apply,
                stored,
                sent_back(stored, **{name: value}),
                NOW,
            )


class TestNotBegun(base.TestCase):
    def test_all_can_change(self):
        stored = script(start=NOW + HOUR, description="words")
        wanted = {
            "name": "b",
            "data": "x = 2",
            "start": NOW + 2 * HOUR,
            "end": NOW + 3 * HOUR,
            "description": "other",
        }
        found = apply(stored, wanted, NOW)
        self.assertEqual(
            wanted, {name: getattr(found, name) for name in EDITABLE}
        )

    def test_omitted_attributes(self):
        stored = script(
            start=NOW + HOUR, end=NOW + 2 * HOUR, description="words"
        )
        found = apply(stored, {"name": "a"}, NOW)
        self.assertEqual(
            dataclasses.replace(stored, end=None, description=None), found
        )

    def test_not_into_the_past(self):
        self.assertRaises(
            edit_errors.StartPast,
            apply,
            script(start=NOW + HOUR),
            {"name": "a", "start": NOW - HOUR},
            NOW,
        )
