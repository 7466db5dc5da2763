# SPDX-License-Identifier: Apache-2.0
import hypothesis
from hypothesis import strategies as st

from cloudkitty.api import error_body
from cloudkitty.api import error_codes
from cloudkitty.api import errors
from cloudkitty.api.request import validate
from cloudkitty.api.request import validate_number
from cloudkitty.api.request import validate_time
from cloudkitty.tests import base
from cloudkitty.tests.unit.api import refusal

#: All values of JSON.
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


class TestText(refusal.RefusalCase):
    def test_valid_texts_are_not_changed(self):
        for value in ("a", " a ", "é", "日本", "a/b%c", "😀", "x" * 256):
            self.assertEqual(value, validate.text("thing", value))

    def test_invalid_values(self):
        self.refuse_all(
            validate.text,
            [None, 1, True, [], {}, "", "  ", "a\0", "\ud800", "x" * 257],
        )

    def test_blank_if_allowed(self):
        self.assertEqual("", validate.text("thing", "", blank=True))

    def test_error_shortens_the_value(self):
        detail = self.refuse(
            error_codes.ARGUMENT_INVALID, validate.text, "thing", "x" * 5000
        )
        self.assertLess(len(detail), 200)


class TestTextList(refusal.RefusalCase):
    def test_string_with_commas(self):
        self.assertEqual(("a", "b c"), validate.text_list("thing", "a, b c "))

    def test_items_of_a_list_may_contain_commas(self):
        self.assertEqual(
            ("a,b", " c"), validate.text_list("thing", ["a,b", " c"])
        )

    def test_invalid_values(self):
        self.refuse_all(
            validate.text_list,
            ["", " ", "a,,b", ",", [], [""], ["a", 1], [["a"]], None, 5, {}],
        )

    def test_too_many_items(self):
        self.refuse(
            error_codes.ARGUMENT_INVALID,
            validate.text_list,
            "thing",
            ["a"] * 4,
            max_items=3,
        )


class TestBoolean(refusal.RefusalCase):
    def test_booleans_and_strings(self):
        for value in (False, "false", "False", "0", "no", "off"):
            self.assertIs(False, validate.boolean("thing", value))
        for value in (True, "true", "1", "YES", "on"):
            self.assertIs(True, validate.boolean("thing", value))

    def test_invalid_values(self):
        self.refuse_all(
            validate.boolean, [None, 0, 1, 1.0, "", "maybe", [], [True]]
        )


class TestChoice(refusal.RefusalCase):
    def test_case_is_ignored(self):
        self.assertEqual("asc", validate.choice("o", "ASC", ("asc", "desc")))

    def test_error_lists_the_options(self):
        for value in ("up", "", None, 1, ["asc"]):
            detail = self.refuse(
                error_codes.ARGUMENT_INVALID,
                validate.choice,
                "order",
                value,
                ("asc", "desc"),
            )
            self.assertIn("asc, desc", detail)


class TestMapping(refusal.RefusalCase):
    def test_several_values_of_a_key(self):
        self.assertEqual(
            {"a": ("1", "2"), "b": ("x:y",), "c": ("",)},
            validate.mapping("filters", ["a:1,b:x:y", "a:2", "c:"]),
        )

    def test_missing_colon_or_key(self):
        for value in ("a", "", ":1", "a:1,", "a:\0"):
            self.refuse(
                error_codes.ARGUMENT_INVALID,
                validate.mapping,
                "filters",
                [value],
            )


class TestKeys(refusal.RefusalCase):
    def test_unknown_and_missing(self):
        validate.known(["a"], ["a", "b"])
        validate.required({"a": None}, ["a"])
        detail = self.refuse(
            error_codes.ARGUMENT_UNKNOWN, validate.known, ["c"], ["b", "a"]
        )
        self.assertIn("a, b", detail)
        self.refuse(error_codes.ARGUMENT_MISSING, validate.required, {}, ["a"])


class TestAnyValue(base.TestCase):
    @hypothesis.given(VALUES)
    @hypothesis.settings(deadline=None, database=None)
    def test_only_a_400_is_raised(self, value):
        for function in (
            validate.text,
            validate.text_list,
            validate.boolean,
            validate_number.integer,
            validate_time.time,
        ):
            try:
                function("thing", value)
            except errors.BadRequest as error:
                # The detail must be valid in JSON.
                error_body.encode(400, error.code, error.detail, None)
