# SPDX-License-Identifier: Apache-2.0
"""The rules a window obeys by itself, whatever is asked."""

import datetime

import hypothesis
from hypothesis import strategies

from cloudkitty.common import periods
from cloudkitty.tasks import errors
from cloudkitty.tasks import request as task_request
from cloudkitty.tests import base

INSTANTS = strategies.datetimes(timezones=strategies.just(datetime.UTC))
NEAR = strategies.integers(0, 10**7).map(
    lambda seconds: (
        base.utc("2026-11-01T00:00") + datetime.timedelta(seconds=seconds)
    )
)
LENGTHS = strategies.sampled_from([1, 7, 60, 300, 3600, 7000, 86400])


def request(start_at, end_at, **fields) -> task_request.Request:
    return task_request.Request(
        scope_ids=["a"],
        start_at=start_at,
        end_at=end_at,
        reason="why",
        **fields,
    )


class TestWindow(base.TestCase):
    @hypothesis.given(INSTANTS | NEAR, INSTANTS | NEAR, LENGTHS)
    @hypothesis.settings(deadline=None)
    def test_any_two_instants_give_a_window_or_a_reason(
        self, start, end, seconds
    ):
        try:
            window = task_request.check_window(request(start, end), seconds)
        except errors.TaskError as error:
            self.assertTrue(str(error))
            return
        self.assertEqual(start, window.begin)
        self.assertEqual(end, window.last_period(seconds))
        self.assertTrue(periods.aligned(window.begin, seconds))
        self.assertTrue(periods.aligned(window.end, seconds))
        self.assertLessEqual(
            window.period_count(seconds), task_request.MAX_PERIODS
        )

    @hypothesis.given(NEAR, NEAR, LENGTHS)
    @hypothesis.settings(deadline=None)
    def test_the_proposal_is_a_window_that_holds_what_was_asked(
        self, start, end, seconds
    ):
        try:
            task_request.check_window(request(start, end), seconds)
        except errors.UnalignedWindow as error:
            start_at, end_at = error.start_at, error.end_at
        except errors.TaskError:
            return
        else:
            return
        try:
            window = task_request.check_window(
                request(start_at, end_at), seconds
            )
        except errors.WindowTooLong:
            return
        self.assertLessEqual(window.begin, start)
        self.assertLess(end, window.end)

    def check(self, start: str, end: str, seconds: int = 3600):
        return task_request.check_window(
            request(base.utc(start), base.utc(end)), seconds
        )

    def test_the_end_is_the_beginning_of_the_last_period(self):
        window = self.check("2021-06-01T00:00", "2021-06-01T23:00")
        self.assertEqual(base.utc("2021-06-02T00:00"), window.end)
        self.assertEqual(24, window.period_count(3600))

    def test_start_equal_to_end_is_one_period(self):
        window = self.check("2021-06-01T05:00", "2021-06-01T05:00")
        self.assertEqual(1, window.period_count(3600))

    def test_an_end_before_the_start_is_refused(self):
        error = self.assertRaises(
            errors.EndBeforeStart,
            self.check,
            "2021-06-01T05:00",
            "2021-06-01T04:00",
        )
        self.assertIn("at or after the start", str(error))

    def test_the_nearest_aligned_window_is_proposed(self):
        error = self.assertRaises(
            errors.UnalignedWindow,
            self.check,
            "2021-06-01T00:30",
            "2021-06-01T23:59",
        )
        self.assertIn(
            "start_reprocess_time 2021-06-01 00:00:00+00:00 and "
            "end_reprocess_time 2021-06-01 23:00:00+00:00",
            str(error),
        )

    def test_a_fraction_of_a_second_is_not_aligned(self):
        at = base.utc("2021-06-01T00:00")
        self.assertRaises(
            errors.UnalignedWindow,
            task_request.check_window,
            request(at, at + datetime.timedelta(microseconds=1)),
            3600,
        )

    def test_a_window_that_is_too_long_says_where_to_split(self):
        error = self.assertRaises(
            errors.WindowTooLong,
            self.check,
            "1970-01-01T00:00",
            "2021-06-01T00:00",
        )
        # 100,000 hours after the epoch, less the last one.
        self.assertIn("1981-05-29 15:00:00+00:00", str(error))

    def test_nothing_starts_before_the_epoch(self):
        error = self.assertRaises(
            errors.StartTooEarly,
            self.check,
            "1969-12-31T23:00",
            "1970-01-01T00:00",
        )
        self.assertIn("send 1970-01-01 00:00:00+00:00 or later", str(error))

    def test_the_end_of_the_calendar_is_no_crash(self):
        self.assertRaises(
            errors.EndTooLate,
            self.check,
            "9999-12-31T23:00",
            "9999-12-31T23:00",
        )
