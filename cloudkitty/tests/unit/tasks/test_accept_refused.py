# SPDX-License-Identifier: Apache-2.0
"""Each rule of the acceptance refuses a request and stores nothing."""

import datetime

import sqlalchemy as sa

from cloudkitty.db.scopes import models as scope_models
from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import states
from cloudkitty.tasks import errors
from cloudkitty.tasks import request as task_request
from cloudkitty.tests import base
from cloudkitty.tests.unit.tasks import accept_case


class TestRefused(accept_case.AcceptCase):
    def setUp(self):
        super().setUp()
        self.add_scope("a")

    def test_no_scope(self):
        for ids in ([], [""], ["a", " "]):
            text = self.refuse(errors.NoScopes, ids, *accept_case.DAY)
            self.assertIn("or ALL", text)

    def test_all_with_others(self):
        text = self.refuse(
            errors.AllWithOthers, ["ALL", "a"], *accept_case.DAY
        )
        self.assertIn("send ALL alone", text)

    def test_all_of_none(self):
        with self.database.writer() as session:
            session.execute(
                sa.update(scope_models.ScopeState).values(active=False)
            )
        self.refuse(errors.NoActiveScopes, ["ALL"], *accept_case.DAY)

    def test_a_blank_reason(self):
        for reason in ("", " \t\n"):
            self.refuse(
                errors.BlankReason, ["a"], *accept_case.DAY, reason=reason
            )

    def test_a_reason_that_is_too_long(self):
        most = task_request.MAX_REASON
        text = self.refuse(
            errors.ReasonTooLong,
            ["a"],
            *accept_case.DAY,
            reason="x" * (most + 1),
        )
        self.assertIn(f"at most {most}", text)
        self.accept(["a"], *accept_case.DAY, reason="\U0001f4b0" * most)

    def test_unknown_and_inactive_scopes_are_named(self):
        self.add_scope("off", active=False)
        text = self.refuse(
            errors.UnknownScopes, ["nobody", "a", "off"], *accept_case.DAY
        )
        self.assertIn("no active scope: nobody, off.", text)

    def test_many_unknown_scopes_are_counted(self):
        text = self.refuse(
            errors.UnknownScopes,
            [f"x{n}" for n in range(5000)],
            *accept_case.DAY,
        )
        self.assertIn("x9 and 4990 more", text)
        self.assertLess(len(text), 500)

    def test_a_scope_of_two_active_rows(self):
        self.add_scope("a", scope_key="domain_id")
        for ids in (["a"], ["ALL"]):
            text = self.refuse(errors.AmbiguousScopes, ids, *accept_case.DAY)
            self.assertIn("keep one of them active", text)

    def test_a_scope_of_one_active_and_one_inactive_row(self):
        self.add_scope("a", collector="gnocchi", active=False)
        self.accept(["a"], *accept_case.DAY)
        self.assertEqual(1, len(self.tasks()))

    def test_what_is_not_rated_yet(self):
        self.add_scope("behind", last=base.utc("2026-11-01T05:00"))
        text = self.refuse(
            errors.NotYetRated, ["a", "behind"], *accept_case.DAY
        )
        self.assertIn("behind (up to 2026-11-01 05:00:00+00:00)", text)
        self.assertIn("send 2026-11-01 05:00:00+00:00 or earlier", text)
        self.refuse(
            errors.NotYetRated, ["a"], accept_case.DAY[0], "2026-11-02T01:00"
        )

    def test_an_unaligned_window(self):
        self.refuse(
            errors.UnalignedWindow,
            ["a"],
            accept_case.DAY[0],
            "2026-11-01T23:59",
        )

    def test_the_window_of_an_unfinished_task(self):
        self.accept(["a"], *accept_case.DAY)
        [task] = self.tasks()
        for state in states.State:
            self.set_state(task.id, str(state))
            if state in states.UNFINISHED:
                text = self.refuse(
                    errors.OverlapsActiveTask, ["a"], *accept_case.DAY
                )
                self.assertIn(
                    "a (2026-11-01 00:00:00+00:00 to "
                    "2026-11-01 23:00:00+00:00)",
                    text,
                )

    def test_the_window_of_a_task_that_has_ended(self):
        for count, state in enumerate(sorted(states.TERMINAL), start=1):
            self.accept(["a"], *accept_case.DAY)
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
                    start_reprocess_time=base.utc(accept_case.DAY[0]),
                    end_reprocess_time=base.utc(accept_case.DAY[1]),
                    current_reprocess_time=base.utc("2026-11-01T05:00"),
                    reason="by upstream",
                    state=None,
                )
            )
        self.refuse(errors.OverlapsActiveTask, ["a"], *accept_case.DAY)
        with self.database.writer() as session:
            session.execute(
                sa.update(task_models.Reprocess).values(
                    current_reprocess_time=base.utc(accept_case.DAY[1])
                )
            )
        self.accept(["a"], *accept_case.DAY)

    def test_one_scope_that_fails_stops_all(self):
        self.add_scope("b")
        self.accept(["b"], *accept_case.DAY)
        self.refuse(errors.OverlapsActiveTask, ["a", "b"], *accept_case.DAY)
        self.refuse(errors.OverlapsActiveTask, ["ALL"], *accept_case.DAY)

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
