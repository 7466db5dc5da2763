# SPDX-License-Identifier: Apache-2.0
"""Acceptance: every rule, and all or nothing."""

import datetime

import hypothesis
import sqlalchemy as sa
from hypothesis import strategies

from cloudkitty.db import models
from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.db.scopes import updates as scope_updates
from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import queries as task_queries
from cloudkitty.db.tasks import states
from cloudkitty.tasks import errors
from cloudkitty.tasks import request as task_request
from cloudkitty.tests import acceptance
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests import new_scopes
from cloudkitty.tests.fakes import clock as fake_clock

PERIOD = 3600
NOW = base.utc("2026-11-23T12:00")
LAST = base.utc("2026-11-02T00:00")


class AcceptCase(base.TestCase):
    def setUp(self):
        super().setUp()
        self.database = databases.make_database(self)
        self.clock = fake_clock.FakeClock(NOW)

    def add_scope(self, identifier, last=LAST, active=True, **fields):
        with self.database.writer() as session:
            state = scope_updates.create(
                session, new_scopes.make(identifier, **fields), last
            )
            if not active:
                session.execute(
                    sa.update(models.ScopeState)
                    .where(models.ScopeState.id == state.id)
                    .values(active=False)
                )
        return state

    def accept(self, scope_ids, start, end, reason="why", **fields):
        return acceptance.accept(
            self.database,
            self.clock,
            scope_ids,
            base.utc(start),
            base.utc(end),
            reason=reason,
            **fields,
        )

    def refuse(self, error, scope_ids, start, end, reason="why"):
        """Assert the refusal, that nothing was stored; return its text."""
        before = self.tasks()
        raised = self.assertRaises(
            error, self.accept, scope_ids, start, end, reason
        )
        self.assertEqual(before, self.tasks())
        return str(raised)

    def tasks(self):
        with self.database.reader() as session:
            return task_queries.find(session, ascending=True)

    def set_state(self, task_id, state):
        with self.database.writer() as session:
            session.execute(
                sa.update(task_models.Reprocess)
                .where(task_models.Reprocess.id == task_id)
                .values(state=state)
            )


DAY = ("2026-11-01T00:00", "2026-11-01T23:00")


class TestAccepted(AcceptCase):
    def test_a_task_has_all_that_is_known_of_it(self):
        self.add_scope("a")
        accepted = self.accept(
            ["a"],
            *DAY,
            reason=" the price was wrong ",
            created_by="user",
            project_id="project",
            request_id="req-1",
        )
        [task] = self.tasks()
        self.assertEqual(1, accepted.count)
        self.assertEqual(
            (
                "a",
                base.utc(DAY[0]),
                base.utc(DAY[1]),
                None,
                "the price was wrong",
                "scheduled",
                "reprocess",
                accepted.batch_id,
                "user",
                "project",
                "req-1",
                NOW,
                24,
            ),
            (
                task.scope_id,
                task.start_at,
                task.end_at,
                task.current_at,
                task.reason,
                task.state,
                task.mode,
                task.batch_id,
                task.created_by,
                task.project_id,
                task.request_id,
                task.created_at,
                task.periods_total,
            ),
        )
        self.assertFalse(task.periods_done)

    def test_one_task_a_scope_in_one_batch(self):
        for name in "abc":
            self.add_scope(name)
        accepted = self.accept(["c", "a", "c"], *DAY)
        tasks = self.tasks()
        self.assertEqual({"a", "c"}, {task.scope_id for task in tasks})
        self.assertEqual({accepted.batch_id}, {t.batch_id for t in tasks})
        self.assertEqual(2, accepted.count)

    def test_all_alone_is_every_active_scope(self):
        for name in "abc":
            self.add_scope(name, active=name != "b")
        accepted = self.accept(["ALL"], *DAY)
        self.assertEqual(["a", "c"], sorted(t.scope_id for t in self.tasks()))
        self.assertEqual(2, accepted.count)

    def test_the_generation_of_each_scope_counts_on(self):
        before = [self.add_scope(name).generation for name in "ab"]
        self.accept(["a", "b"], *DAY)
        with self.database.reader() as session:
            after = [s.generation for s in scope_queries.find(session)]
        self.assertEqual([n + 1 for n in before], after)

    def test_an_id_is_compared_to_the_character(self):
        names = ["a", "A", "a ", "a/b", "50%", "a,b", "é", "e\u0301", "'", '"']
        for name in names:
            self.add_scope(name)
        for name in names:
            self.accept([name], *DAY)
        self.assertEqual(names, [task.scope_id for task in self.tasks()])

    def test_up_to_the_beginning_of_the_last_rated_period(self):
        self.add_scope("a")
        self.accept(["a"], "2026-11-02T00:00", "2026-11-02T00:00")
        self.assertEqual(1, len(self.tasks()))

    def test_thousands_of_scopes_are_a_handful_of_statements(self):
        count = 2500
        with self.database.writer() as session:
            session.execute(
                sa.insert(models.ScopeState),
                [
                    {
                        "identifier": f"scope-{n}",
                        "scope_key": "project_id",
                        "fetcher": "source",
                        "collector": "openmetrics",
                        "last_processed_timestamp": LAST,
                        "active": True,
                    }
                    for n in range(count)
                ],
            )
        statements = []
        with self.database.reader() as session:
            engine = session.get_bind().engine

        def note(conn, cursor, statement, parameters, context, many):
            statements.append(statement)

        sa.event.listen(engine, "before_cursor_execute", note)
        self.addCleanup(sa.event.remove, engine, "before_cursor_execute", note)
        accepted = self.accept([f"scope-{n}" for n in range(count)], *DAY)
        self.assertEqual(count, accepted.count)
        self.assertLess(len(statements), 40)


class CommitsUnheard:
    """A database whose first answer to a commit is lost on the way."""

    def __init__(self, database):
        self.reader = database.reader
        self._write = database.write

    def write(self, work):
        self._write(work)
        return self._write(work)


class TestCommitUnheard(AcceptCase):
    def test_the_repeated_transaction_finds_its_own_tasks(self):
        self.add_scope("a")
        self.add_scope("b")
        self.database = CommitsUnheard(self.database)
        accepted = self.accept(["a", "b"], *DAY)
        self.assertEqual(2, accepted.count)
        self.assertEqual(
            [accepted.batch_id] * 2, [task.batch_id for task in self.tasks()]
        )


class TestRefused(AcceptCase):
    def setUp(self):
        super().setUp()
        self.add_scope("a")

    def test_no_scope(self):
        for ids in ([], [""], ["a", " "]):
            text = self.refuse(errors.NoScopes, ids, *DAY)
            self.assertIn("or ALL", text)

    def test_all_with_others(self):
        text = self.refuse(errors.AllWithOthers, ["ALL", "a"], *DAY)
        self.assertIn("send ALL alone", text)

    def test_all_of_none(self):
        with self.database.writer() as session:
            session.execute(sa.update(models.ScopeState).values(active=False))
        self.refuse(errors.NoActiveScopes, ["ALL"], *DAY)

    def test_a_blank_reason(self):
        for reason in ("", " \t\n"):
            self.refuse(errors.BlankReason, ["a"], *DAY, reason=reason)

    def test_a_reason_that_is_too_long(self):
        most = task_request.MAX_REASON
        text = self.refuse(
            errors.ReasonTooLong, ["a"], *DAY, reason="x" * (most + 1)
        )
        self.assertIn(f"at most {most}", text)
        self.accept(["a"], *DAY, reason="\U0001f4b0" * most)

    def test_unknown_and_inactive_scopes_are_named(self):
        self.add_scope("off", active=False)
        text = self.refuse(errors.UnknownScopes, ["nobody", "a", "off"], *DAY)
        self.assertIn("no active scope: nobody, off.", text)

    def test_many_unknown_scopes_are_counted(self):
        text = self.refuse(
            errors.UnknownScopes, [f"x{n}" for n in range(5000)], *DAY
        )
        self.assertIn("x9 and 4990 more", text)
        self.assertLess(len(text), 500)

    def test_a_scope_of_two_active_rows(self):
        self.add_scope("a", scope_key="domain_id")
        for ids in (["a"], ["ALL"]):
            text = self.refuse(errors.AmbiguousScopes, ids, *DAY)
            self.assertIn("keep one of them active", text)

    def test_a_scope_of_one_active_and_one_inactive_row(self):
        self.add_scope("a", collector="gnocchi", active=False)
        self.accept(["a"], *DAY)
        self.assertEqual(1, len(self.tasks()))

    def test_what_is_not_rated_yet(self):
        self.add_scope("behind", last=base.utc("2026-11-01T05:00"))
        text = self.refuse(errors.NotYetRated, ["a", "behind"], *DAY)
        self.assertIn("behind (up to 2026-11-01 05:00:00+00:00)", text)
        self.assertIn("send 2026-11-01 05:00:00+00:00 or earlier", text)
        self.refuse(errors.NotYetRated, ["a"], DAY[0], "2026-11-02T01:00")

    def test_an_unaligned_window(self):
        self.refuse(errors.UnalignedWindow, ["a"], DAY[0], "2026-11-01T23:59")

    def test_the_window_of_an_unfinished_task(self):
        self.accept(["a"], *DAY)
        [task] = self.tasks()
        for state in states.State:
            self.set_state(task.id, str(state))
            if state in states.UNFINISHED:
                text = self.refuse(errors.OverlapsActiveTask, ["a"], *DAY)
                self.assertIn(
                    "a (2026-11-01 00:00:00+00:00 to "
                    "2026-11-01 23:00:00+00:00)",
                    text,
                )

    def test_the_window_of_a_task_that_has_ended(self):
        for count, state in enumerate(sorted(states.TERMINAL), start=1):
            self.accept(["a"], *DAY)
            self.set_state(self.tasks()[-1].id, str(state))
            self.assertEqual(count, len(self.tasks()))

    def test_one_shared_period_is_enough(self):
        self.accept(["a"], "2026-11-01T05:00", "2026-11-01T08:00")
        for start, end in (
            ("2026-11-01T08:00", "2026-11-01T09:00"),
            ("2026-11-01T04:00", "2026-11-01T05:00"),
            ("2026-11-01T06:00", "2026-11-01T06:00"),
            ("2026-11-01T00:00", "2026-11-01T23:00"),
        ):
            self.refuse(errors.OverlapsActiveTask, ["a"], start, end)

    def test_windows_that_only_meet_are_fine(self):
        self.accept(["a"], "2026-11-01T05:00", "2026-11-01T08:00")
        self.accept(["a"], "2026-11-01T09:00", "2026-11-01T09:00")
        self.accept(["a"], "2026-11-01T04:00", "2026-11-01T04:00")
        self.assertEqual(3, len(self.tasks()))

    def test_a_task_of_upstream_takes_its_window_too(self):
        with self.database.writer() as session:
            session.execute(
                sa.insert(task_models.Reprocess).values(
                    identifier="a",
                    start_reprocess_time=base.utc(DAY[0]),
                    end_reprocess_time=base.utc(DAY[1]),
                    current_reprocess_time=base.utc("2026-11-01T05:00"),
                    reason="by upstream",
                    state=None,
                )
            )
        self.refuse(errors.OverlapsActiveTask, ["a"], *DAY)
        with self.database.writer() as session:
            session.execute(
                sa.update(task_models.Reprocess).values(
                    current_reprocess_time=base.utc(DAY[1])
                )
            )
        self.accept(["a"], *DAY)

    def test_one_scope_that_fails_stops_all(self):
        self.add_scope("b")
        self.accept(["b"], *DAY)
        self.refuse(errors.OverlapsActiveTask, ["a", "b"], *DAY)
        self.refuse(errors.OverlapsActiveTask, ["ALL"], *DAY)

    def test_more_unfinished_tasks_than_one_page(self):
        start = base.utc("2026-01-01T00:00")
        for hour in range(150):
            at = (start + datetime.timedelta(hours=hour)).isoformat()[:16]
            self.accept(["a"], at, at)
        self.refuse(
            errors.OverlapsActiveTask,
            ["a"],
            "2026-01-01T00:00",
            "2026-01-01T00:00",
        )


HOURS = strategies.integers(0, 30)
REQUESTS = strategies.lists(
    strategies.tuples(
        strategies.lists(
            strategies.sampled_from(["a", "b", "c", "ghost", "ALL"]),
            max_size=3,
        ),
        HOURS,
        HOURS,
    ),
    max_size=8,
)


class TestWhatIsAcceptedNeverOverlaps(AcceptCase):
    """Whatever is asked in whatever order."""

    def setUp(self):
        super().setUp()
        for name in "abc":
            self.add_scope(name, last=base.utc("2026-11-02T00:00"))

    @hypothesis.given(REQUESTS)
    @hypothesis.settings(
        deadline=None,
        max_examples=60,
        suppress_health_check=[hypothesis.HealthCheck.too_slow],
    )
    def test_any_requests(self, asked):
        with self.database.writer() as session:
            session.execute(sa.delete(task_models.Reprocess))
        taken = {name: set() for name in "abc"}
        count = 0
        midnight = base.utc("2026-11-01T00:00")
        for ids, first, last in asked:
            names = set(taken) if set(ids) == {"ALL"} else set(ids)
            hours = set(range(first, last + 1))
            # The rules again, as sets of hours.
            fine = (
                bool(names)
                and names <= set(taken)
                and first <= last <= 24
                and not any(taken[name] & hours for name in names)
            )
            start, end = (
                (midnight + datetime.timedelta(hours=n)).isoformat()[:16]
                for n in (first, last)
            )
            if not fine:
                self.refuse(errors.TaskError, ids, start, end)
                continue
            self.accept(ids, start, end)
            count += len(names)
            for name in names:
                taken[name] |= hours
        self.assertEqual(count, len(self.tasks()))
