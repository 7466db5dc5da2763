# SPDX-License-Identifier: Apache-2.0
import datetime
import decimal

import hypothesis
from hypothesis import strategies as st

from cloudkitty.api import error_body
from cloudkitty.api import error_codes
from cloudkitty.api import errors
from cloudkitty.api.request import validate
from cloudkitty.api.request import validate_number
from cloudkitty.api.request import validate_time
from cloudkitty.tests import base

D = decimal.Decimal
#: Whatever JSON can hold.
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


class RefusalCase(base.TestCase):
    def refuse(self, code, function, *args, **kwargs):
        error = self.assertRaises(errors.BadRequest, function, *args, **kwargs)
        self.assertEqual(code, error.code)
        self.assertIn("send", error.detail)
        return error.detail

    def refuse_all(self, function, values, *args, **kwargs):
        for value in values:
            detail = self.refuse(
                error_codes.ARGUMENT_INVALID, function, "thing", value, *args
            )
            self.assertIn("thing", detail)


class TestText(RefusalCase):
    def test_it_is_returned_as_it_is(self):
        for value in ("a", " a ", "é", "日本", "a/b%c", "😀", "x" * 256):
            self.assertEqual(value, validate.text("thing", value))

    def test_what_is_no_text_or_no_database_can_hold(self):
        self.refuse_all(
            validate.text,
            [None, 1, True, [], {}, "", "  ", "a\0", "\ud800", "x" * 257],
        )

    def test_blank_where_it_may_be(self):
        self.assertEqual("", validate.text("thing", "", blank=True))

    def test_the_refused_value_is_not_repeated_at_length(self):
        detail = self.refuse(
            error_codes.ARGUMENT_INVALID, validate.text, "thing", "x" * 5000
        )
        self.assertLess(len(detail), 200)


class TestTextList(RefusalCase):
    def test_a_text_with_commas(self):
        self.assertEqual(("a", "b c"), validate.text_list("thing", "a, b c "))

    def test_a_list_keeps_what_a_text_cannot_say(self):
        self.assertEqual(
            ("a,b", " c"), validate.text_list("thing", ["a,b", " c"])
        )

    def test_blank_items_and_other_types(self):
        self.refuse_all(
            validate.text_list,
            ["", " ", "a,,b", ",", [], [""], ["a", 1], [["a"]], None, 5, {}],
        )

    def test_too_many(self):
        self.refuse(
            error_codes.ARGUMENT_INVALID,
            validate.text_list,
            "thing",
            ["a"] * 4,
            max_items=3,
        )


class TestBoolean(RefusalCase):
    def test_the_text_false_is_false(self):
        for value in (False, "false", "False", "0", "no", "off"):
            self.assertIs(False, validate.boolean("thing", value))
        for value in (True, "true", "1", "YES", "on"):
            self.assertIs(True, validate.boolean("thing", value))

    def test_others(self):
        self.refuse_all(
            validate.boolean, [None, 0, 1, 1.0, "", "maybe", [], [True]]
        )


class TestInteger(RefusalCase):
    def test_numbers_and_their_texts(self):
        for value in (5, "5", "+5", "05"):
            self.assertEqual(5, validate_number.integer("thing", value))

    def test_others(self):
        self.refuse_all(
            validate_number.integer,
            [None, True, 5.0, "5.0", "", " 5", "٥", "1e3", "5" * 5000, [5]],
        )

    def test_bounds_are_included(self):
        for value in (2, 4):
            validate_number.integer("thing", value, minimum=2, maximum=4)
        for value in (1, 5, "-1", 10**40):
            self.refuse(
                error_codes.ARGUMENT_INVALID,
                validate_number.integer,
                "thing",
                value,
                minimum=2,
                maximum=4,
            )


class TestDecimal(RefusalCase):
    def level(self, value):
        return str(validate_number.decimal("level", value, places=8))

    def test_the_noise_of_a_float_is_rounded_to_the_column(self):
        for sent, kept in (
            ("2.8499999999999996", "2.85000000"),
            ("0.30000000000000004", "0.30000000"),
            ("-1.1102230246251565", "-1.11022302"),
            ("123456.123456785001", "123456.12345679"),
            ("0.1000000000000000055511151231257827", "0.10000000"),
        ):
            self.assertEqual(kept, self.level(D(sent)))
            self.refuse_all(self.level_of_text, [sent])

    def level_of_text(self, name, value):
        return validate_number.decimal(name, value, places=8)

    def test_digits_that_were_meant_are_not(self):
        self.refuse_all(
            self.level_of_text,
            [
                D("0.000000001"),
                D("0.123456789"),
                # 15 digits, which a float keeps.
                D("123456.123456785"),
                # Nothing would be left of it.
                D("1.2345678901234567e-30"),
                D("1234567890123.4567"),
                D("999999999999.9999999999"),
            ],
        )

    def test_no_more_than_the_column_needs_no_rounding(self):
        for text in ("2.8499999999999996", "12345678901.2345678"):
            for value in (text, D(text)):
                self.assertEqual(
                    D(text), validate_number.decimal("cost", value)
                )

    def test_the_text_says_it_in_json(self):
        detail = self.refuse(
            error_codes.ARGUMENT_INVALID,
            self.level_of_text,
            "level",
            D("1e-9"),
        )
        self.assertIn("level 1E-9 ", detail)


class TestTime(RefusalCase):
    def test_spellings(self):
        for text, hour in (
            ("2021-06-01", 0),
            ("2021-06-01T05:00", 5),
            ("2021-06-01 05:00:00", 5),
            ("2021-06-01T05:00:00.999999999Z", 5),
            ("2021-06-01T05:00:00,9z", 5),
            ("2021-06-01 05:00:00+00:00", 5),
            ("2021-06-01T05:00:00+0200", 3),
            ("2021-06-01T05:00:00 -02", 7),
            ("2021-06-01T05:00:00-00:00", 5),
            ("2021-06-01T05", 5),
            ("20210601", 0),
            ("20210601T050000Z", 5),
            ("20210601T050000", 5),
            ("20210601t0500z", 5),
            ("20210601T05Z", 5),
            ("20210601 050000.25", 5),
            ("20210601T050000+0200", 3),
            ("20210601T050000-02:00", 7),
            ("20210601T0500+02", 3),
            # Half of each, as upstream's parser takes it.
            ("2021-06-01T050000Z", 5),
            ("20210601T05:00:00Z", 5),
        ):
            at = validate_time.time("thing", text)
            self.assertEqual(base.utc(f"2021-06-01T{hour:02}:00"), at, text)
            self.assertIs(datetime.UTC, at.tzinfo)

    def test_what_is_no_time(self):
        for value in (
            "10",
            "monday",
            "Jan",
            "now",
            "",
            None,
            10,
            1.5,
            True,
            ["2021-06-01"],
            "2021-6-1",
            "2021-06",
            20210601,
            20210601.0,
            "20210601.0",
            "+20210601",
            "2021060",
            "202106011",
            "202106010500",
            "20210601050000",
            "1622505600",
            "1622505600000",
            "20211301",
            "20210631",
            "2021-0601",
            "202106-01",
            "2021152",
            "2021-W22-2",
            "2021W222",
            "20210601T",
            "20210601T5",
            "20210601T050",
            "20210601T05000",
            "20210601T05:0000",
            "20210601T0500:00",
            "20210601T240000",
            "20210601T050000 0200",
            "20210601T050000+2",
            "20210601T050000+020",
            "20210601T050000+0260",
            "20210601Z",
            "20210601+0200",
            "20210601T050000ZZ",
            "٢٠٢١٠٦٠١",
            "2021-06-01T",
            "2021-06-01T24:00",
            "2021-02-29",
            "2021-06-01T05:00:60",
            "2021-06-01T05:00+24:00",
            "2021-06-01T05:00+01:60",
            "2021-06-01T05:00:00+1",
            "2021-06-01 05:00:00 00:00",
            "２０２１-06-01",
            "2021-06-01\n",
            "1969-12-31T23:59:59",
            "9999-01-01",
            "0001-01-01T00:00+05:00",
            "9999-12-31T23:59-05:00",
        ):
            detail = self.refuse(
                error_codes.TIME_INVALID, validate_time.time, "thing", value
            )
            self.assertIn("2026-11-01 00:00:00+00:00", detail)

    @hypothesis.given(st.datetimes(timezones=st.timezones()))
    @hypothesis.settings(deadline=None, database=None)
    def test_every_instant_in_bounds_comes_back(self, at):
        at = at.replace(microsecond=0)
        text = at.isoformat()
        hypothesis.assume(len(text) == 25)
        hypothesis.assume(1971 < at.year < 9998)
        self.assertEqual(
            at.astimezone(datetime.UTC), validate_time.time("thing", text)
        )

    @hypothesis.given(st.datetimes(timezones=st.timezones()), st.booleans())
    @hypothesis.settings(deadline=None, database=None)
    def test_both_formats_mean_the_same(self, at, whole):
        at = at.replace(microsecond=0)
        hypothesis.assume(1971 < at.year < 9998)
        hypothesis.assume(not at.utcoffset().total_seconds() % 60)
        minus = at.isoformat().replace("-", "").replace(":", "")
        if at.utcoffset() < datetime.timedelta(0):
            minus = f"{minus[:-4]}-{minus[-4:]}"
        basic = minus if whole else minus.replace("T", " ")
        self.assertEqual(
            validate_time.time("thing", at.isoformat()),
            validate_time.time("thing", basic),
        )

    def test_a_date_alone_can_be_its_last_second(self):
        for text, clock in (
            ("2021-06-01", "23:59:59"),
            ("20210601", "23:59:59"),
            ("2021-06-01T00:00", "00:00"),
            ("20210601T000000Z", "00:00"),
            ("2021-06-01 05", "05:00"),
        ):
            self.assertEqual(
                base.utc(f"2021-06-01T{clock}"),
                validate_time.last_second("thing", text),
                text,
            )
        self.refuse(
            error_codes.TIME_INVALID,
            validate_time.last_second,
            "thing",
            20210601,
        )


class TestChoice(RefusalCase):
    def test_any_case(self):
        self.assertEqual("asc", validate.choice("o", "ASC", ("asc", "desc")))

    def test_others_name_the_options(self):
        for value in ("up", "", None, 1, ["asc"]):
            detail = self.refuse(
                error_codes.ARGUMENT_INVALID,
                validate.choice,
                "order",
                value,
                ("asc", "desc"),
            )
            self.assertIn("asc, desc", detail)


class TestMapping(RefusalCase):
    def test_values_of_a_key_add_up(self):
        self.assertEqual(
            {"a": ("1", "2"), "b": ("x:y",), "c": ("",)},
            validate.mapping("filters", ["a:1,b:x:y", "a:2", "c:"]),
        )

    def test_without_a_colon_or_a_key(self):
        for value in ("a", "", ":1", "a:1,", "a:\0"):
            self.refuse(
                error_codes.ARGUMENT_INVALID,
                validate.mapping,
                "filters",
                [value],
            )


class TestKeys(RefusalCase):
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
    def test_nothing_but_a_400_is_raised(self, value):
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
                # What is answered must be text that JSON can carry.
                error_body.encode(400, error.code, error.detail, None)
