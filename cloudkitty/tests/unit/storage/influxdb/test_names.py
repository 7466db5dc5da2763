# SPDX-License-Identifier: Apache-2.0
"""Texts as InfluxDB can store them."""

import hypothesis
from hypothesis import strategies

from cloudkitty.storage import attributes
from cloudkitty.storage.v2.influxdb import escaping
from cloudkitty.storage.v2.influxdb import names
from cloudkitty.storage.v2.influxdb import typed
from cloudkitty.tests import base

_HOSTILE = strategies.text(
    strategies.sampled_from("a\\\n\r|,= '\"\u241b;06c\0\ud800")
)
TEXTS = strategies.text() | _HOSTILE


class TestNames(base.TestCase):
    @hypothesis.given(TEXTS)
    def test_values_come_back(self, text):
        stored = names.stored_value(text)
        self.assertEqual(attributes.clean(text), names.original_value(stored))
        self.assertNotRegex(stored, r"[\n\r]")
        self.assertEqual(bool(text), bool(stored))

    @hypothesis.given(TEXTS)
    def test_names_come_back(self, name):
        for stored in (names.stored_name(name), names.alias(name)):
            self.assertEqual(
                attributes.clean(name), names.original_name(stored)
            )
            self.assertTrue(stored)
            self.assertNotRegex(stored, r"[\n\r|]")

    @hypothesis.given(TEXTS, TEXTS)
    def test_different_texts_stay_different(self, one, other):
        for stored in (names.stored_value, names.stored_name, names.alias):
            self.assertEqual(
                attributes.clean(one) == attributes.clean(other),
                stored(one) == stored(other),
            )

    @hypothesis.given(TEXTS)
    def test_texts_of_other_writers(self, text):
        # Whatever it is, it has a value; ordinary texts are unchanged.
        names.original_name(text)
        found = names.original_value(text)
        if "\\" not in text and "\u241b" not in text:
            self.assertEqual(text, found)

    def test_stored_texts(self):
        for text, stored in (
            ("m1.small", "m1.small"),
            ("a b,c=d", "a b,c=d"),
            ("a\\b", "a\\\\b"),
            ("a\nb", "a\u241ba;b"),
            ("a\\", "a\u241b5c;"),
            ("", ""),
        ):
            self.assertEqual(stored, names.stored_value(text))
        for name, stored in (
            ("flavor_name", "flavor_name"),
            ("time", "\u241b74;ime"),
            ("qty", "\u241b71;ty"),
            ("a|b", "a\u241b7c;b"),
            ("", "\u241b;"),
        ):
            self.assertEqual(stored, names.stored_name(name))


class TestEscaping(base.TestCase):
    """Texts that would end a value and go on as a statement or a field."""

    def test_influxql(self):
        self.assertEqual(
            r"'\\\' OR \'1\'=\'1\n'", escaping.literal("\\' OR '1'='1\n")
        )
        self.assertEqual(
            r'"a\\\"; DROP\n"', escaping.identifier('a\\"; DROP\n')
        )

    def test_line_protocol(self):
        self.assertEqual(r"a\,b\=c\ d", escaping.tag("a,b=c d"))
        self.assertEqual(r'"a\\\",b=1"', escaping.string('a\\",b=1'))


class TestTyped(base.TestCase):
    TYPES = {
        "i": frozenset(("integer",)),
        "f": frozenset(("float",)),
        "b": frozenset(("boolean",)),
        "two": frozenset(("integer", "string")),
    }

    def test_values_keep_the_stored_type_if_none_of_them_changes(self):
        for name, value, expected in (
            ("i", "4", ("i", "4i")),
            ("i", "-4", ("i", "-4i")),
            ("f", "2", ("f", "2.0")),
            ("f", "1.5", ("f", "1.5")),
            ("b", "true", ("b", "true")),
            ("new", "4", ("new", '"4"')),
        ):
            self.assertEqual(expected, typed.field(name, value, self.TYPES))
        for name, value in (
            ("i", "04"),
            ("i", " 4"),
            ("i", "4_0"),
            ("i", "9223372036854775808"),
            ("i", "x"),
            ("f", "2.0"),
            ("f", "nan"),
            ("f", "inf"),
            ("f", "1e400"),
            ("b", "True"),
            ("two", "4"),
        ):
            self.assertEqual(
                (names.alias(name), f'"{value}"'),
                typed.field(name, value, self.TYPES),
            )
