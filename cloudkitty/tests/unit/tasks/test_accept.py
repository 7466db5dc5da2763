# SPDX-License-Identifier: Apache-2.0
"""Accepted requests create tasks, once and without overlaps."""

import datetime

import hypothesis
import sqlalchemy as sa
from hypothesis import strategies

from cloudkitty.db.scopes import models as scope_models
from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.db.tasks import models as task_models
from cloudkitty.tasks import errors
from cloudkitty.tests import base
from cloudkitty.tests.unit.tasks import accept_case


class TestAccepted(accept_case.AcceptCase):
    def test_a_task_has_all_that_is_known_of_it(self):
        self.add_scope("a")
        accepted = self.accept(
            ["a"],
            *accept_case.DAY,
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
                base.utc(accept_case.DAY[0]),
                base.utc(accept_case.DAY[1]),
                None,
                "the price was wrong",
                "scheduled",
                "reprocess",
                accepted.batch_id,
                "user",
                "project",
                "req-1",
                accept_case.NOW,
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
        accepted = self.accept(["c", "a", "c"], *accept_case.DAY)
        tasks = self.tasks()
        self.assertEqual({"a", "c"}, {task.scope_id for task in tasks})
        self.assertEqual({accepted.batch_id}, {t.batch_id for t in tasks})
        self.assertEqual(2, accepted.count)

    def test_all_alone_is_every_active_scope(self):
        for name in "abc":
            self.add_scope(name, active=name != "b")
        accepted = self.accept(["ALL"], *accept_case.DAY)
        self.assertEqual(["a", "c"], sorted(t.scope_id for t in self.tasks()))
        self.assertEqual(2, accepted.count)

    def test_the_generation_of_each_scope_counts_on(self):
        before = [self.add_scope(name).generation for name in "ab"]
        self.accept(["a", "b"], *accept_case.DAY)
        with self.database.reader() as session:
            after = [s.generation for s in scope_queries.find(session)]
        self.assertEqual([n + 1 for n in before], after)

    def test_an_id_is_compared_to_the_character(self):
        names = ["a", "A", "a ", "a/b", "50%", "a,b", "é", "e\u0301", "'", '"']
        for name in names:
            self.add_scope(name)
        for name in names:
            self.accept([name], *accept_case.DAY)
        self.assertEqual(names, [task.scope_id for task in self.tasks()])

    def test_up_to_the_beginning_of_the_last_rated_period(self):
        self.add_scope("a")
        self.accept(["a"], "2026-11-02T00:00", "2026-11-02T00:00")
        self.assertEqual(1, len(self.tasks()))

    def test_thousands_of_scopes_are_a_handful_of_statements(self):
        count = 2500
        with self.database.writer() as session:
            session.execute(
                sa.insert(scope_models.ScopeState),
                [
                    {
                        "identifier": f"scope-{n}",
                        "scope_key": "project_id",
                        "fetcher": "source",
                        "collector": "openmetrics",
                        "last_processed_timestamp": accept_case.LAST,
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
        accepted = self.accept(
            [f"scope-{n}" for n in range(count)], *accept_case.DAY
        )
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


class TestCommitUnheard(accept_case.AcceptCase):
    def test_the_repeated_transaction_finds_its_own_tasks(self):
        self.add_scope("a")
        self.add_scope("b")
        self.database = CommitsUnheard(self.database)
        accepted = self.accept(["a", "b"], *accept_case.DAY)
        self.assertEqual(2, accepted.count)
        self.assertEqual(
            [accepted.batch_id] * 2, [task.batch_id for task in self.tasks()]
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


class TestWhatIsAcceptedNeverOverlaps(accept_case.AcceptCase):
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
