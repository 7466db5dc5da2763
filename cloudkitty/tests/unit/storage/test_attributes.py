# SPDX-License-Identifier: Apache-2.0
"""Text that every storage keeps."""

import hypothesis
from hypothesis import strategies

from cloudkitty.storage import attributes
from cloudkitty.storage import grouping
from cloudkitty.tests import base


class TestAttributes(base.TestCase):
    @hypothesis.given(strategies.text(strategies.characters(codec=None)))
    def test_clean_text_is_text_of_any_database(self, text):
        cleaned = attributes.clean(text)
        self.assertEqual(len(text), len(cleaned))
        self.assertNotIn("\0", cleaned.encode().decode())
        self.assertEqual(cleaned, attributes.clean(cleaned))
        self.assertEqual(cleaned == text, attributes.is_clean(text))

    def test_other_types_as_text(self):
        for value, text in (
            ("x", "x"),
            (None, ""),
            (True, "true"),
            (12, "12"),
            (1.5, "1.5"),
            ({"a": [1]}, '{"a": [1]}'),
        ):
            self.assertEqual(text, attributes.as_text(value))

    def test_groupby_wins_over_metadata(self):
        groupby = {"a": "1", "n": None}
        metadata = {"a": "2", "b": "3", "n": "4"}
        for name, value in (("a", "1"), ("b", "3"), ("n", "4"), ("c", "")):
            self.assertEqual(value, attributes.find(name, groupby, metadata))


class TestGrouping(base.TestCase):
    def test_each_column_once_and_in_order(self):
        self.assertEqual(
            grouping.Grouping(
                True, ("type", "day_of_the_year", "time-x", "x")
            ),
            grouping.parse(
                ["type", "time-d", "time", "time-x", "x", "type"]
                + ["day_of_the_year", "time"]
            ),
        )
