# SPDX-License-Identifier: Apache-2.0
"""Case of a worker, and a batch of tasks over one window."""

from cloudkitty.tasks import actions
from cloudkitty.tests import new_tasks
from cloudkitty.tests.unit.orchestrator import world
from cloudkitty.tests.unit.orchestrator.reprocess import case

BATCH = "5f0b7e5e-0000-4000-8000-000000000016"


class Case(case.Case):
    """Rated scopes, a worker, and tasks that differ only in the scope."""

    def make(self, *scopes, **options):
        super().make(*(scopes or "abc"), **options)
        self.reprice()
        self.asked_before = len(self.world.collector.requests)

    def add_batch(self, scopes="abc", window=case.REDONE, **fields):
        """Insert a task for each scope; return their ids."""
        fields.setdefault("batch_id", BATCH)
        new = [
            new_tasks.make(
                scope_id,
                window.begin,
                window.period_count(world.HOUR),
                period_seconds=world.HOUR,
                **fields,
            )
            for scope_id in scopes
        ]
        before = self.world.task_ids()
        self.world.database.write(
            lambda session: new_tasks.insert(
                session, new, self.world.clock.now()
            )
        )
        return sorted(set(self.world.task_ids()) - set(before))

    def asked(self):
        """Return the sets of scopes asked for since the tasks were made."""
        requests = self.world.collector.requests[self.asked_before :]
        return {"".join(sorted(ids)) for _, ids, _ in requests}

    def states(self, ids):
        return [self.world.task(each).state for each in ids]

    def change(self, task_id, state):
        """Change a task as an operator does."""
        actions.change_state(
            self.world.database, self.world.clock, world.HOUR, task_id, state
        )

    def during_rating(self, work, scope_id="a", at=case.REDONE.begin):
        """Call ``work`` once, while a period of a scope is rated."""
        resources, good = self.world.resources, self.world.chain
        calls = []

        class Chain:
            def rate(self, frame):
                if frame.start == at and not calls:
                    calls.append(frame)
                    work()
                return good.rate(frame)

        object.__setattr__(
            resources,
            "load_chain",
            lambda each: Chain() if each == scope_id else good,
        )

    def check_redone(self, scopes, window=case.REDONE):
        """Check the points: only those of some scopes have the new price."""
        begins = {f"{p.begin:%dT%H}" for p in window.periods(world.HOUR)}
        self.assertEqual(
            sorted(
                (hour, each, name, qty, qty * 5)
                if hour in begins and each in scopes
                else (hour, each, name, qty, old)
                for hour, each, name, qty, old in self.before
            ),
            self.world.points(),
        )
