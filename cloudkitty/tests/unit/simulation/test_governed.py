# SPDX-License-Identifier: Apache-2.0
"""The simulation notices claims and requests that a rule forbids."""

from cloudkitty.db.tasks import caps
from cloudkitty.tasks import claims
from cloudkitty.tasks import closed
from cloudkitty.tests.unit.simulation import seeds_case

#: Some that are governed.
SEEDS = (22, 27, 26, 29, 38, 39, 40, 41)


class TestGoverned(seeds_case.SeedsCase):
    def test_a_request_is_approved(self):
        approved = 0
        for seed in (56, 80):
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
        self.patch(claims.Claims, "_open_at", lambda claims, now: True)
        self.check_found("outside of the run windows", SEEDS)

    def test_work_in_closed_periods_is_found(self):
        self.patch(closed, "find", lambda session, begins, rules: [])
        self.check_found("closed periods", SEEDS)
