# SPDX-License-Identifier: Apache-2.0
"""Log lines of a cycle of live rating."""

import logging

from cloudkitty.tasks import errors as task_errors
from cloudkitty.tests.unit.orchestrator import live_case


class TestCycle(live_case.Case):
    def test_cycle_is_one_line(self):
        self.add("a", "b")
        self.live.work()
        lines = [x for x in self.logged(logging.INFO) if "cycle" in x]
        self.assertEqual(1, len(lines))
        self.assertIn(
            "scopes=2 rated=2 failed=0 busy=0 lost=0 deferred=0 periods=6 "
            "points=6",
            lines[0],
        )

    def test_no_scopes_is_a_warning_with_the_source(self):
        self.live.work()
        self.assertEqual(
            ["no scopes found fetcher=source"], self.logged(logging.WARNING)
        )

    def test_metric_that_no_scope_had_is_named_once(self):
        self.add("a", "b")
        self.live.work()
        self.assertEqual(
            ["no rated scope had samples of these metrics metrics=disk"],
            self.logged(logging.WARNING),
        )

    def test_lost_claim_is_no_error(self):
        self.add("a")
        self.break_chain(task_errors.LostClaim("gone"))
        self.live.work()
        self.assertEqual([], self.logged(logging.ERROR))
        self.assertIn(
            "scope was moved by another processor scope_id=a",
            self.logged(logging.INFO),
        )
        (cycle,) = [x for x in self.logged(logging.INFO) if "cycle" in x]
        self.assertIn("failed=0 busy=0 lost=1", cycle)
        self.assertEqual(1, self.pending_seconds())
