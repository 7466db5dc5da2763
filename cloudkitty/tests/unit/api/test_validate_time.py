# SPDX-License-Identifier: Apache-2.0
import datetime

import hypothesis
from hypothesis import strategies as st

from cloudkitty.api import error_codes
from cloudkitty.api.request import validate_time
from cloudkitty.tests import base
from cloudkitty.tests.unit.api import refusal

#: Texts and their hour, in UTC, on 1 June 2021.
VALID = (
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
    # A mixture of both formats, which upstream accepts.
    ("2021-06-01T050000Z", 5),
    ("20210601T05:00:00Z", 5),
)
#: Values that are no time, or a time that is out of range.
INVALID = (
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
)


class TestTime(refusal.RefusalCase):
    def test_valid_texts(self):
        for text, hour in VALID:
            at = validate_time.time("thing", text)
            self.assertEqual(base.utc(f"2021-06-01T{hour:02}:00"), at, text)
            self.assertIs(datetime.UTC, at.tzinfo)

    def test_invalid_values(self):
        for value in INVALID:
            detail = self.refuse(
                error_codes.TIME_INVALID, validate_time.time, "thing", value
            )
            self.assertIn("2026-11-01 00:00:00+00:00", detail)

    @hypothesis.given(st.datetimes(timezones=st.timezones()))
    @hypothesis.settings(deadline=None, database=None)
    def test_every_instant_in_range(self, at):
        at = at.replace(microsecond=0)
        text = at.isoformat()
        hypothesis.assume(len(text) == 25)
        hypothesis.assume(1971 < at.year < 9998)
        self.assertEqual(
            at.astimezone(datetime.UTC), validate_time.time("thing", text)
        )

    @hypothesis.given(st.datetimes(timezones=st.timezones()), st.booleans())
    @hypothesis.settings(deadline=None, database=None)
    def test_extended_and_basic_format_are_equivalent(self, at, whole):
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

    def test_last_second_of_a_date(self):
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
