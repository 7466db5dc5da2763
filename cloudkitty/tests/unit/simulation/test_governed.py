# SPDX-License-Identifier: Apache-2.0
"""The simulation notices claims and requests that a rule forbids."""

import collections

from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.db.tasks import caps
from cloudkitty.tasks import claims
from cloudkitty.tasks import closed
from cloudkitty.tasks import governance
from cloudkitty.tests import base
from cloudkitty.tests.simulation import situations
from cloudkitty.tests.simulation.rules import governed as rules
from cloudkitty.tests.simulation.rules import snapshot
from cloudkitty.tests.unit.simulation import seeds_case

#: Some that are governed.
SEEDS = (22, 27, 26, 29, 38, 39, 40, 41)


class TestGoverned(seeds_case.SeedsCase):
    def test_a_request_is_approved(self):
        approved = 0
        for seed in (110, 146, 180, 186, 56, 60, 109):
            result = self.runner.run(seed)
            self.assertEqual("", result.failure)
            approved += result.transitions["awaiting_approval", "scheduled"]
            if approved:
                return
        self.fail("no request was approved")

    def test_too_many_running_tasks_are_found(self):
        self.patch(caps, "room", lambda session, task: 99)
        self.check_found("run", SEEDS[1:])

    def test_claims_outside_of_run_windows_are_found(self):
        self.patch(claims.Claims, "_closed_until", lambda claims, now: None)
        self.check_found("outside of the run windows", (93, 129, 89))

    def test_work_in_closed_periods_is_found(self):
        self.patch(closed, "find", lambda session, begins, rules: [])
        self.check_found("closed periods", SEEDS)

    def test_ignored_closings_of_scopes_are_found(self):
        self.patch(
            scope_queries, "closed_after", lambda session, at, names: {}
        )
        self.check_found("closed periods", SEEDS)

    def test_an_ignored_force_is_found(self):
        check = closed.check
        self.patch(
            closed,
            "check",
            lambda *given, force: check(*given, force=False),
        )
        self.check_found("are closed", SEEDS)


class TestClosings(base.TestCase):
    """The check of the data does not depend on that of the request."""

    def setUp(self):
        super().setUp()
        self.seen = collections.Counter()
        self.closings = rules.Closings(self.seen)
        nothing = snapshot.Task(*[None] * len(snapshot.Task._fields))
        #: Two of its four hours are done, before the end of closed periods.
        self.task = nothing._replace(
            id=1, start=0, done=2, total=4, state="scheduled", mode="reprocess"
        )

    def schedule(self, closed):
        return self.closings.broken("operator-1", None, self.task, closed)

    def test_a_task_that_begins_again(self):
        self.assertIsNone(self.schedule(7200.0))
        self.assertIsNone(self.closings.wrote(self.task, 7200))
        self.assertIn("closed period", self.closings.wrote(self.task, 3600))

    def test_closed_meanwhile(self):
        self.assertIsNone(self.schedule(0.0))
        self.assertIsNone(self.closings.wrote(self.task, 3600))

    def test_force(self):
        self.assertIn("scheduled in closed periods", self.schedule(9999.0))
        self.closings.force("operator-1")
        self.assertIsNone(self.schedule(9999.0))
        self.assertIsNone(self.closings.wrote(self.task, 7200))
        self.assertEqual(1, self.seen[situations.CLOSED_FORCED])

    def test_the_later_closing_counts(self):
        def end(everywhere, of_scope):
            found = governance.Rules(
                closed_before=everywhere and base.utc(everywhere)
            )
            return rules.closed_end(
                found, snapshot.State(0, 0, True, of_scope)
            )

        day = base.utc("2026-11-02").timestamp()
        self.assertEqual(0, end(None, None))
        self.assertEqual(day, end("2026-11-02", None))
        self.assertEqual(day, end("2026-11-02", day - 1))
        self.assertEqual(day + 1, end("2026-11-02", day + 1))
