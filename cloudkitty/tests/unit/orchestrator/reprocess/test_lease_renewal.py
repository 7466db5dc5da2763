# SPDX-License-Identifier: Apache-2.0
"""Renewal and loss of the lease during an attempt."""

from cloudkitty.tests import base
from cloudkitty.tests.unit.orchestrator.reprocess import case


class TestLeaseRenewal(case.Case):
    def test_early_loss_of_a_claim_is_noticed_at_renewal(self):
        self.check_lost_claim(base.utc("2026-11-01T06:00"))

    def test_late_loss_of_a_claim_is_noticed_at_the_write(self):
        # The first chunk ends with this period.
        self.check_lost_claim(base.utc("2026-11-01T09:00"))

    def check_lost_claim(self, lost_at):
        self.make()
        self.reprice()
        task_id = self.world.add_task("a", case.REDONE)
        other = self.world.make_resources("two")
        rate = self.world.chain.rate
        taken = []

        def sleep_past_the_lease(frame):
            if not taken and frame.start == lost_at:
                self.world.clock.advance(121)
                taken.append(other.claims.claim_next())
            return rate(frame)

        self.world.chain.rate = sleep_past_the_lease
        self.worker.work()
        self.assertEqual(self.before, self.world.points())
        task = self.world.task(task_id)
        self.assertEqual(
            ("running", "two", taken[0].lease_token, None),
            (
                task.state,
                task.lease_owner,
                task.lease_token,
                task.current_at,
            ),
        )

    def test_claim_is_renewed_while_the_work_lasts(self):
        self.make()
        task_id = self.world.add_task("a", case.REDONE)
        rate = self.world.chain.rate

        def slow(frame):
            self.world.clock.advance(100)
            self.assertIsNone(
                self.world.make_resources("two").claims.claim_next()
            )
            return rate(frame)

        self.world.chain.rate = slow
        self.worker.work()
        self.assertEqual("succeeded", self.world.task(task_id).state)
        self.assertEqual(1, self.world.task(task_id).lease_token)
