# SPDX-License-Identifier: Apache-2.0
from cloudkitty.db.tasks import records as task_records
from cloudkitty.tasks import progress
from cloudkitty.tests import base


def make_task(**fields) -> task_records.Task:
    return task_records.Task(
        **{
            "id": 1,
            "scope_id": "a",
            "start_at": base.utc("2026-11-01T00:00"),
            "end_at": base.utc("2026-11-01T23:00"),
            "current_at": None,
            "reason": "why",
            "state": "running",
            **fields,
        }
    )


class TestProgress(base.TestCase):
    def test_nothing_is_done_yet(self):
        got = progress.of(make_task(periods_total=24, periods_done=0), 3600)
        self.assertEqual((24, 0, 0.0), (got.total, got.done, got.share))
        self.assertIsNone(got.current_at)

    def test_the_counters_count(self):
        at = base.utc("2026-11-01T05:00")
        got = progress.of(
            make_task(periods_total=24, periods_done=6, current_at=at), 3600
        )
        self.assertEqual((6, 0.25, at), (got.done, got.share, got.current_at))

    def test_the_counters_win_over_a_cursor_set_to_the_end(self):
        # What upstream must not run shows it the end as its cursor.
        got = progress.of(
            make_task(
                state="cancelled",
                periods_total=24,
                periods_done=0,
                current_at=base.utc("2026-11-01T23:00"),
            ),
            3600,
        )
        self.assertEqual((0, None), (got.done, got.current_at))

    def test_a_row_of_upstream_is_counted_from_its_cursor(self):
        for current, done in (
            (None, 0),
            (base.utc("2026-11-01T00:00"), 1),
            (base.utc("2026-11-01T23:00"), 24),
        ):
            got = progress.of(make_task(current_at=current), 3600)
            self.assertEqual((24, done), (got.total, got.done))
            self.assertEqual(current, got.current_at)

    def test_the_share_never_leaves_0_to_1(self):
        # As after a change of [collect] period under a running task.
        for done in (-1, 99):
            got = progress.of(
                make_task(periods_total=24, periods_done=done), 3600
            )
            self.assertIn(got.share, (0.0, 1.0))

    def test_start_equal_to_end_is_one_period(self):
        at = base.utc("2026-11-01T00:00")
        got = progress.of(make_task(end_at=at), 3600)
        self.assertEqual(1, got.total)
