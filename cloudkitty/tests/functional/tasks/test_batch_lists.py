# SPDX-License-Identifier: Apache-2.0
"""Lists of batches: numbers, prices, filters, and their cost."""

import datetime
import decimal
import time

import sqlalchemy as sa

from cloudkitty.db.tasks import filters as task_filters
from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import notes as task_notes
from cloudkitty.db.tasks import records as task_records
from cloudkitty.db.tasks import states
from cloudkitty.db.tasks import totals as task_totals
from cloudkitty.tasks import batches
from cloudkitty.tasks import errors
from cloudkitty.tasks import progress
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests import new_claims
from cloudkitty.tests import new_tasks
from cloudkitty.tests import statements
from cloudkitty.tests.fakes import clock as fake_clock

NOW = base.utc("2026-11-24T12:00")
START = base.utc("2026-11-01T00:00")
HOUR = datetime.timedelta(hours=1)
State = states.State
_ROW = task_models.Reprocess
#: Digits that a float does not have.
CENT = "0.0000000000000000000000000001"


def total(metric, before, after=None):
    """Return totals of one point before, and of one after."""

    def amount(price):
        return task_records.Amount(
            points=1, qty=decimal.Decimal(1), price=decimal.Decimal(price)
        )

    return task_records.TaskTotal(
        metric=metric,
        before=amount(before),
        after=None if after is None else amount(after),
    )


@databases.on_each()
class BatchLists:
    backend: str

    def setUp(self):
        super().setUp()
        self.database = databases.make_database(self, self.backend)
        self.clock = fake_clock.FakeClock(NOW)
        self.claims = new_claims.make(self.database, self.clock)

    def insert(self, batch, *scope_ids, start=START, length=10, **fields):
        fields.setdefault("period_seconds", 3600)
        new = [
            new_tasks.make(name, start, length, batch_id=batch, **fields)
            for name in scope_ids
        ]
        self.database.write(
            lambda session: new_tasks.insert(session, new, self.clock.now())
        )
        self.clock.advance(60)

    def find(self, offset=0, limit=100, **filters):
        found, count = batches.find(
            self.database, 3600, offset=offset, limit=limit, filters=filters
        )
        self.count = count
        return found

    def names(self, offset=0, limit=100, **filters):
        found = self.find(offset, limit, **filters)
        return [batch.batch_id for batch in found]

    def write(self, scope_id, **values):
        new_tasks.change(self.database, scope_id, **values)

    def keep(self, scope_id, *totals):
        with self.database.writer() as session:
            task_id = session.scalar(
                sa.select(_ROW.id).where(_ROW.identifier == scope_id)
            )
            task_totals.replace(session, task_id, totals)

    def test_nothing(self):
        self.assertEqual([], self.find())
        self.assertEqual(0, self.count)

    def test_numbers(self):
        self.insert("one", "a", "b", "c", created_by="ann", reason="wrong")
        self.write("a", state="failed", periods_done=4, periods_kept=2)
        [batch] = self.find()
        self.assertEqual({"failed": 1, "scheduled": 2}, dict(batch.states))
        self.assertEqual(
            (30, 4, 2, 20),
            (
                batch.periods_total,
                batch.periods_done,
                batch.periods_kept,
                batch.periods_left,
            ),
        )
        self.assertEqual(
            (START, START + 10 * HOUR, NOW, "ann", "wrong", "reprocess"),
            (
                batch.begin,
                batch.end,
                batch.created_at,
                batch.created_by,
                batch.reason,
                batch.mode,
            ),
        )

    def test_end_is_by_the_own_period_of_the_tasks(self):
        self.insert("one", "a", length=1, period_seconds=60)
        self.insert("old", "b", length=1, period_seconds=None)
        self.assertEqual(
            [START + HOUR, START + HOUR / 60],
            [batch.end for batch in self.find()],
        )

    def test_times(self):
        self.insert("one", "a", "b", "c")

        def times():
            [batch] = self.find()
            return batch.started_at, batch.finished_at, batch.next_attempt_at

        self.assertEqual((None, None, None), times())
        self.write(
            "a",
            state="failed",
            started_at=NOW,
            finished_at=NOW + HOUR,
            next_attempt_at=NOW,
        )
        self.write("b", next_attempt_at=NOW + 3 * HOUR, attempts=1)
        self.write("c", next_attempt_at=NOW + 2 * HOUR, attempts=1)
        self.assertEqual((NOW, None, NOW + 2 * HOUR), times())
        for name, hours in (("b", 3), ("c", 2)):
            self.write(
                name,
                state="succeeded",
                started_at=NOW + HOUR,
                finished_at=NOW + hours * HOUR,
            )
        self.assertEqual((NOW, NOW + 3 * HOUR, None), times())

    def test_first_scopes(self):
        self.insert("one", "d", "c")
        self.insert("two", "x", "y", "z", "a")
        self.insert("one", "b", "a")
        self.assertEqual(
            [("x", "y", "z"), ("d", "c", "b")],
            [batch.first_scope_ids for batch in self.find()],
        )
        # Also those that a filter does not select.
        [batch] = self.find(scope_ids=["b"])
        self.assertEqual(("d", "c", "b"), batch.first_scope_ids)

    def test_pages_newest_first(self):
        for name in ("one", "two", "three"):
            self.insert(name, "a", "b")
        self.assertEqual(["three", "two", "one"], self.names())
        self.assertEqual(["two"], self.names(offset=1, limit=1))
        self.assertEqual(3, self.count)
        self.assertEqual([], self.names(offset=3))

    def test_tasks_of_upstream_belong_to_no_batch(self):
        self.insert(None, "a")
        self.write("a", state=None, period_seconds=None, periods_total=None)
        self.insert("one", "a")
        self.assertEqual((["one"], 1), (self.names(), self.count))

    def test_filters(self):
        self.insert("one", "a", "b", reason="wrong", created_by="ann")
        self.insert("two", "b", "c", reason="Wrong", created_by="bob")
        self.write("c", state="failed")
        for expected, filters in (
            (["two", "one"], {"states": ["scheduled"]}),
            (["two"], {"states": ["failed"]}),
            (["one"], {"scope_ids": ["a", "x"]}),
            (["two", "one"], {"scope_ids": ["b"]}),
            # Of one task, not of two.
            ([], {"scope_ids": ["b"], "states": ["failed"]}),
            (["one"], {"reason": "wrong"}),
            ([], {"reason": "wrong "}),
            (["two", "one"], {"reason_contains": "RONG"}),
            ([], {"reason_contains": "%"}),
            ([], {"reason_contains": "_rong"}),
            ([], {"reason_contains": "\ud800"}),
            (["two"], {"created_by": "bob"}),
            (["two"], {"created_after": NOW + HOUR / 60}),
            (["one"], {"created_before": NOW}),
            ([], {"created_before": NOW - HOUR}),
        ):
            self.assertEqual(expected, self.names(**filters), filters)
            self.assertEqual(len(expected), self.count)
        # The numbers are those of the whole batch.
        [batch] = self.find(states=["failed"])
        self.assertEqual({"failed": 1, "scheduled": 1}, dict(batch.states))

    def test_filter_by_window(self):
        self.insert("one", "a", length=2)
        self.insert("two", "a", start=START + 2 * HOUR, length=2)
        self.insert("old", "a", start=START + 4 * HOUR, period_seconds=None)

        def overlap(begin, end):
            return {
                "overlap": task_filters.Overlap(
                    begin=None if begin is None else START + begin * HOUR,
                    end=None if end is None else START + end * HOUR,
                    period_seconds=3600,
                )
            }

        for expected, begin, end in (
            (["one"], None, 2),
            (["two", "one"], 1, 3),
            (["two", "one"], None, 2.5),
            (["old", "two"], 2, None),
            (["old"], 13, None),
            ([], 14, None),
            ([], None, 0),
        ):
            self.assertEqual(
                expected, self.names(**overlap(begin, end)), (begin, end)
            )

    def test_prices_of_known_results_only(self):
        self.insert("one", "a", "b", "c")
        self.keep("a", total("cpu", "0.1", "0.2"), total("disk", "1", "3"))
        self.keep("b", total("cpu", "0.1", CENT))
        # Not known yet: its price before must not be compared.
        self.keep("c", total("cpu", "700"))
        [batch] = self.find()
        self.assertEqual(
            (decimal.Decimal("1.2"), decimal.Decimal(f"3.2{CENT[3:]}")),
            (batch.before, batch.after),
        )
        metrics = batches.read(self.database, 3600, "one").metrics
        self.assertEqual(["cpu", "disk"], list(metrics))
        self.assertEqual(
            decimal.Decimal(f"0.2{CENT[3:]}"), metrics["cpu"].after
        )
        self.assertEqual(decimal.Decimal(2), metrics["disk"].difference)

    def test_no_prices(self):
        self.insert("one", "a")
        self.keep("a", total("cpu", "1"))
        [batch] = self.find()
        self.assertEqual((None, None), (batch.before, batch.after))

    def test_sum_that_a_database_may_cut_is_unknown(self):
        self.insert("one", "a", "b")
        for name in "ab":
            self.keep(name, total("cpu", "9" * 36, "1"))
        prices = batches.read(self.database, 3600, "one").metrics["cpu"]
        self.assertEqual(
            (None, decimal.Decimal(2), None),
            (prices.before, prices.after, prices.difference),
        )

    def test_emptied_periods_count_once(self):
        self.insert("one", "a")
        self.insert("two", "b")
        with self.database.writer() as session:
            ids = session.scalars(sa.select(_ROW.id).order_by(_ROW.id)).all()

            def note(begin, end, metric=None, kind=task_notes.EMPTIED):
                return task_records.TaskNote(
                    begin=START + begin * HOUR,
                    end=START + end * HOUR,
                    kind=kind,
                    metric=metric,
                )

            task_notes.add(
                session,
                ids[0],
                [
                    note(0, 2, "cpu"),
                    note(1, 3, "disk"),
                    note(5, 6),
                    note(8, 9, kind="no_data"),
                ],
            )
        self.assertEqual(
            [0, 4], [batch.periods_empty for batch in self.find()]
        )

    def test_seconds_left(self):
        self.insert("one", "a", "b", "c", "d")
        self.write("d", state="paused")

        def left():
            return progress.batch_seconds_left(self.find()[0])

        self.assertIsNone(left())
        tasks = [self.claims.claim_next() for _ in range(2)]
        self.assertIsNone(left())
        self.clock.advance(10)
        for task in tasks:
            self.database.write(
                lambda session, task=task: self.claims.advance(
                    session,
                    task,
                    current_at=START + 4 * HOUR,
                    periods_done=5,
                )
            )
        # 5 + 5 + 10 periods remain, and 10 took 10 seconds.
        self.assertEqual(20, left())

    def test_failing(self):
        self.insert("one", "a", "b", "c", "d")
        self.insert("two", "e")
        self.write("a", attempts=2, last_error="later", next_attempt_at=NOW)
        self.write("c", state="failed", attempts=10, last_error="gone")
        self.write("d", state="succeeded", attempts=1, last_error="old")
        self.write("e", state="failed", last_error="other")
        failing = batches.read(self.database, 3600, "one").failing
        self.assertEqual(
            [("c", "gone", 10, None), ("a", "later", 2, NOW)],
            [
                (
                    task.scope_id,
                    task.last_error,
                    task.failed_attempts,
                    task.next_attempt_at,
                )
                for task in failing
            ],
        )

    def test_similar_ids(self):
        self.insert("one", "a")
        for name in ("ONE", "one ", "\U0001f40d"):
            self.assertRaises(
                errors.NoSuchBatch, batches.read, self.database, 3600, name
            )

    def test_statements_do_not_depend_on_numbers(self):
        self.insert("one", "a")
        with statements.recorded(self.database.engine) as few:
            self.find()
        for number in range(20):
            self.insert(f"more-{number}", *"abcdefgh")
        with statements.recorded(self.database.engine) as many:
            self.assertEqual(21, len(self.find()))
        self.assertEqual(len(few), len(many))
        self.assertLess(len(many), 12)

    def test_ten_thousand_tasks(self):
        scopes = [f"scope-{number}" for number in range(2000)]
        for name in range(5):
            self.insert(f"large-{name}", *scopes)
        with self.database.writer() as session:
            ids = session.scalars(sa.select(_ROW.id)).all()
            session.execute(
                sa.insert(task_models.TaskTotal),
                [
                    {
                        "task_id": task_id,
                        "metric": "cpu",
                        "points_before": 1,
                        "qty_before": decimal.Decimal(1),
                        "price_before": decimal.Decimal("0.1"),
                        "points_after": 1,
                        "qty_after": decimal.Decimal(1),
                        "price_after": decimal.Decimal("0.3"),
                    }
                    for task_id in ids
                ],
            )
            # Each task is elsewhere: no two rows are alike.
            session.execute(sa.update(_ROW).values(periods_done=_ROW.id % 9))
        began = time.thread_time()
        found = self.find()
        spent = time.thread_time() - began
        self.assertEqual(
            [decimal.Decimal(200)] * 5, [batch.before for batch in found]
        )
        self.assertLess(spent, 0.5)
