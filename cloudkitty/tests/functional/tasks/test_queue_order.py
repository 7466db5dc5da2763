# SPDX-License-Identifier: Apache-2.0
"""Ten thousand tasks wait: claims take the oldest, one after the other."""

from cloudkitty.common import clock
from cloudkitty.tasks import retries as task_retries
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests import new_claims
from cloudkitty.tests import new_tasks
from cloudkitty.tests.functional.tasks import arena

QUEUED = 10_000
START = base.utc("2026-11-01T00:00")


@databases.on_each()
class _Order(arena.Arena):
    def test_claims_take_the_oldest_of_all(self):
        new = [
            new_tasks.make(arena.NAMES[number % len(arena.NAMES)], START)
            for number in range(QUEUED)
        ]
        self.database.write(
            lambda session: new_tasks.insert(session, new, START)
        )
        workers = [self.claims(str(number)) for number in range(4)]
        taken = [
            workers[number % len(workers)].claim_next().id
            for number in range(20)
        ]
        self.assertEqual([task.id for task in self.tasks()][:20], taken)

    def claims(self, owner):
        return new_claims.make(
            self.database,
            clock.SystemClock(),
            owner,
            lease_seconds=600,
            retries=task_retries.Retries(),
        )
