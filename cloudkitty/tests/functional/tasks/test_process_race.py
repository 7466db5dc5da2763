# SPDX-License-Identifier: Apache-2.0
"""Processes that meet at one instant: one wins, nothing is done twice."""

from cloudkitty.db.tasks import claims as task_claims
from cloudkitty.db.tasks import queries as task_queries
from cloudkitty.db.tasks import states
from cloudkitty.tests import databases
from cloudkitty.tests.functional.tasks import arena
from cloudkitty.tests.functional.tasks import racer

#: Seconds: approximate duration of one call.
SPREAD = 0.006
OVERLAPS = "OverlapsActiveTask"


def accept(scope_ids, hour, hours=1):
    """Return the call of an acceptance."""
    return {
        "call": "accept",
        "scope_ids": scope_ids,
        "hour": hour,
        "hours": hours,
    }


def change(task, target):
    """Return the call of an operator's action."""
    return {"call": "change", "task_id": task.id, "target": target}


CLAIM = {"call": "claim"}


@databases.on_each()
class _Races(arena.Arena):
    def race(self, calls):
        """Let the processes meet; count whether they really did."""
        # Every other time the one or the other comes first by a little.
        self.rounds += 1
        outcomes = self.racers.at_once(calls, self.rounds % 2 * SPREAD)
        self.met += racer.overlapping(outcomes)
        self.retried += sum(outcome.retried for outcome in outcomes)
        return [outcome.result for outcome in outcomes]

    def start(self, count):
        self.met = self.retried = self.rounds = 0
        self.racers = racer.Racers(self, [self.url] * count)

    def end(self, **figures):
        """Report; a race in which nobody ever met has shown nothing."""
        self.tell(
            rounds=arena.ROUNDS, met=self.met, retried=self.retried, **figures
        )
        self.assertGreater(self.met, 0)

    def one_task(self, number, state=None):
        """Insert a task of the scope b; return it."""
        self.racers.at_once([accept(["b"], 20 * number, 3)])
        task = self.tasks()[-1]
        if state is not None:
            self.database.write(
                lambda session: task_queries.transition(
                    session, task, state, task.created_at
                )
            )
        return self.task(task.id)

    def task(self, task_id):
        with self.database.reader() as session:
            return task_queries.get(session, task_id)

    def test_posters_of_overlapping_windows(self):
        self.start(arena.POSTERS)
        refused = 0
        for number in range(arena.ROUNDS):
            before = len(self.tasks())
            results = self.race(
                [
                    accept(*window)
                    for window in self.overlapping_windows(number)
                ]
            )
            self.assertEqual(
                ["accepted"] + [OVERLAPS] * (arena.POSTERS - 1),
                sorted(results, key=lambda result: result == OVERLAPS),
            )
            refused += results.count(OVERLAPS)
            added = self.tasks()[before:]
            # One batch, and all of it.
            self.assertEqual(1, len({task.batch_id for task in added}))
            won = self.overlapping_windows(number)[results.index("accepted")]
            names = list(arena.NAMES) if won[0] == ["ALL"] else won[0]
            self.assertEqual(names, [task.scope_id for task in added])
        self.end(refused=refused)

    def test_two_claim(self):
        self.start(2)
        for number in range(arena.ROUNDS):
            task = self.one_task(number)
            results = self.race([CLAIM, CLAIM])
            self.assertEqual({task.id, None}, set(results))
            self.assertEqual(1, self.task(task.id).lease_token)
            self.finish(task)
        self.check_events(self.tasks())
        self.end()

    def test_two_claim_of_two(self):
        self.start(2)
        for number in range(arena.ROUNDS):
            first = self.one_task(2 * number)
            second = self.one_task(2 * number + 1)
            results = self.race([CLAIM, CLAIM])
            # Who met the other at the first task took the second one.
            self.assertEqual({first.id, second.id}, set(results))
            self.finish(first, second)
        self.end()

    def test_cancel_and_claim(self):
        self.start(2)
        outcomes = set()
        for number in range(arena.ROUNDS):
            task = self.one_task(number)
            cancelled, claimed = self.race([change(task, "cancelled"), CLAIM])
            now = self.task(task.id)
            outcomes.add((cancelled, claimed is not None))
            if cancelled == "cancelled":
                self.assertEqual("cancelled", now.state)
                # The earlier claim has an old token.
                self.assertEqual(1 + (claimed is not None), now.lease_token)
            else:
                self.assertEqual("ChangedMeanwhile", cancelled)
                self.assertEqual(("running", task.id), (now.state, claimed))
                self.finish(task)
        self.check_events(self.tasks())
        self.end(outcomes=sorted(outcomes))

    def test_retry_and_accept(self):
        self.start(2)
        outcomes = set()
        for number in range(arena.ROUNDS):
            task = self.one_task(number, states.State.FAILED)
            results = self.race(
                [
                    change(task, "scheduled"),
                    accept(["b", "c"], 20 * number + 2, 5),
                ]
            )
            self.assertIn(
                results, [["scheduled", OVERLAPS], [OVERLAPS, "accepted"]]
            )
            outcomes.add(results[0])
            self.check_no_overlap()
        self.check_events(self.tasks())
        self.end(outcomes=sorted(outcomes))

    def test_two_cancel(self):
        self.start(2)
        for number in range(arena.ROUNDS):
            task = self.one_task(number)
            results = self.race([change(task, "cancelled")] * 2)
            self.assertIn("cancelled", results)
            self.assertLessEqual(
                set(results), {"cancelled", "ChangedMeanwhile"}
            )
            self.assertEqual(
                ("scheduled", "cancelled"), self.events(task.id)[-1]
            )
            self.assertEqual(1, self.task(task.id).lease_token)
        self.check_events(self.tasks())
        self.end()

    def finish(self, *tasks):
        """End claimed tasks, so that no process claims them again."""
        for task in tasks:
            self.database.write(
                lambda session, task=task: task_claims.release(
                    session,
                    task.id,
                    1,
                    state="succeeded",
                    now=task.created_at,
                )
            )

    def check_no_overlap(self):
        taken = [
            task for task in self.tasks() if task.state in states.UNFINISHED
        ]
        for index, task in enumerate(taken):
            for other in taken[:index]:
                if task.scope_id == other.scope_id:
                    one = task.window(racer.PERIOD)
                    two = other.window(racer.PERIOD)
                    self.assertGreaterEqual(
                        max(one.begin, two.begin), min(one.end, two.end)
                    )
