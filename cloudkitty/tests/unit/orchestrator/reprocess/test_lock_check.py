# SPDX-License-Identifier: Apache-2.0
"""A worker without a lock server uses up no attempts of tasks."""

import tooz
from tooz import coordination

from cloudkitty.orchestrator import locks
from cloudkitty.orchestrator.reprocess import lock_check
from cloudkitty.tests.unit.orchestrator.reprocess import case


class Unavailable(case.Case):
    """A lock server that fails while ``error`` is set."""

    def setUp(self):
        super().setUp()
        self.error = None
        self.requests = 0
        hold = locks.Locks.try_hold_many

        def try_hold_many(made, names):
            self.requests += 1
            if self.error is not None:
                raise self.error
            return hold(made, names)

        self.patch(locks.Locks, "try_hold_many", try_hold_many)


class TestReprocessing(Unavailable):
    def check(self, *scopes):
        """Let the server of the locks fail for a day; return the tasks."""
        self.make(*scopes)
        self.reprice()
        ids = [self.world.add_task(name, case.REDONE) for name in scopes]
        self.error = coordination.OperationTimedOut("down")
        for _ in range(50):
            self.worker.work()
            self.assertEqual(
                self.world.clock.now() + lock_check.PAUSE,
                self.worker.pending_at(),
            )
            self.world.clock.advance(3600)
        tasks = [self.world.task(task_id) for task_id in ids]
        self.error = None
        self.worker.work_pending()
        for task_id in ids:
            self.assertEqual("succeeded", self.world.task(task_id).state)
        return tasks

    def test_no_attempts_while_the_server_is_unavailable(self):
        (task,) = self.check("a")
        self.assertEqual(("scheduled", 1), (task.state, task.attempts))

    def test_other_tasks_are_not_claimed(self):
        tasks = self.check("a", "b", "c")
        self.assertEqual([1, 0, 0], [task.attempts for task in tasks])


class TestLockCheck(Unavailable):
    def setUp(self):
        super().setUp()
        self.make()
        self.checked = lock_check.LockCheck(self.world.locks)
        self.requests = 0

    def test_no_request_without_a_failure(self):
        self.assertTrue(self.checked.run(0))
        self.assertEqual(0, self.requests)

    def test_one_request_after_a_failure(self):
        for _ in range(3):
            self.assertTrue(self.checked.run(1))
        self.assertEqual(1, self.requests)

    def test_requests_until_one_succeeds(self):
        self.error = tooz.ToozError("down")
        self.assertFalse(self.checked.run(1))
        self.assertFalse(self.checked.run(1))
        self.assertFalse(self.checked.passed)
        self.error = None
        self.assertTrue(self.checked.run(1))
        self.assertTrue(self.checked.run(1))
        self.assertEqual(3, self.requests)

    def test_a_lock_of_another_worker_is_enough(self):
        with self.world.locks.try_hold(self.world.locks.names.of_scope("")):
            self.assertTrue(self.checked.run(1))
