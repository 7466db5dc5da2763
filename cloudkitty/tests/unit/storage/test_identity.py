# SPDX-License-Identifier: Apache-2.0
"""Identity of series: digests, and values that databases cannot store."""

import hashlib
import json

import hypothesis
from hypothesis import strategies

from cloudkitty.storage import base as storage_base
from cloudkitty.storage.v2.sqlalchemy import identity
from cloudkitty.tests import base

TEXTS = strategies.text(
    strategies.characters(exclude_categories=["Cs"], exclude_characters="\0")
)
MAPPINGS = strategies.dictionaries(TEXTS, TEXTS, max_size=6)


def digest(*values):
    """Return the digest as it is defined, by the JSON text."""
    text = json.dumps(values, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


class TestIdentify(base.TestCase):
    @hypothesis.given(
        TEXTS, TEXTS, MAPPINGS, MAPPINGS, strategies.none() | TEXTS
    )
    def test_digest_of_the_json_text(
        self, metric, unit, groupby, metadata, description
    ):
        values = (metric, unit, groupby, metadata, description)
        self.assertEqual((digest(*values), values), identity.identify(*values))

    def test_other_order_of_names(self):
        one = identity.identify("m", "u", {"a": "1", "b": "2"}, {}, None)
        other = identity.identify("m", "u", {"b": "2", "a": "1"}, {}, None)
        self.assertEqual(one, other)

    def test_what_cannot_be_stored_is_replaced(self):
        found, series = identity.identify(
            "m", "u\0", {"a\0": "1", 2: None}, {"c": "\ud800", "d": 5}, "d\0"
        )
        cleaned = (
            "m",
            "u\ufffd",
            {"a\ufffd": "1", "2": ""},
            {"c": "\ufffd", "d": "5"},
            "d\ufffd",
        )
        self.assertEqual(cleaned, series)
        self.assertEqual(digest(*cleaned), found)

    def test_names_that_differ_only_in_type(self):
        for name, text in ((1, "1"), (True, "true"), (1.0, "1.0")):
            _, series = identity.identify("m", "u", {name: "x"}, {}, None)
            self.assertEqual({text: "x"}, series.groupby)

    def test_metric_that_cannot_be_stored(self):
        self.assertRaises(
            storage_base.StorageError,
            identity.identify,
            "m\0",
            "u",
            {},
            {},
            None,
        )
