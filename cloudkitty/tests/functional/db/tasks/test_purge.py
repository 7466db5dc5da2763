# SPDX-License-Identifier: Apache-2.0
"""Finished tasks are deleted with all their rows, unfinished ones never."""

import datetime
import decimal
import itertools

import sqlalchemy as sa

from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import purge
from cloudkitty.db.tasks import states
from cloudkitty.tests import databases
from cloudkitty.tests import new_tasks
from cloudkitty.tests.functional.db import query_case

NOW = query_case.NOW
DAY = datetime.timedelta(days=1)
BEFORE = NOW - 10 * DAY
CHILDREN = (
    task_models.TaskEvent,
    task_models.TaskTotal,
    task_models.TaskNote,
)


@databases.on_each()
class PurgeOfTasks(query_case.QueryCase):
    def add(self, name, state, finished_at=None, batch_id=None, key=None):
        """Insert a task with a row in each other table; return its id."""
        model = task_models.Reprocess

        def work(session):
            new = new_tasks.make(name, NOW - 30 * DAY)
            new_tasks.insert(session, [new], NOW)
            task_id = session.scalar(sa.select(sa.func.max(model.id)))
            session.execute(
                sa.update(model)
                .where(model.id == task_id)
                .values(
                    state=state, finished_at=finished_at, batch_id=batch_id
                )
            )
            zero = decimal.Decimal(0)
            session.add_all(
                [
                    task_models.TaskEvent(
                        task_id=task_id, at=NOW, to_state="scheduled"
                    ),
                    task_models.TaskTotal(
                        task_id=task_id,
                        metric="cpu",
                        points_before=0,
                        qty_before=zero,
                        price_before=zero,
                    ),
                    task_models.TaskNote(
                        task_id=task_id, begin=NOW, kind="kept", end=NOW
                    ),
                ]
            )
            if key:
                session.add(
                    task_models.TaskRequest(
                        key_digest=key,
                        body_digest="",
                        batch_id=batch_id,
                        created_at=NOW,
                    )
                )
            return task_id

        return self.write(work)

    def left(self, column=task_models.Reprocess.id):
        return self.read(
            lambda session: sorted(session.scalars(sa.select(column)))
        )

    def purge(self):
        total = purge.Deleted()
        for piece in purge.delete(self.database, BEFORE):
            total = total.plus(piece)
        return total

    def test_each_state_and_age(self):
        old, new = BEFORE - DAY, BEFORE
        kept, gone = [], []
        for state in states.State:
            ended = state in states.TERMINAL
            # An unfinished one has no end; a wrong one must not matter.
            (gone if ended else kept).append(self.add("a", state, old))
            kept.append(self.add("b", state, new))
            kept.append(self.add("c", state))
        count = self.read(purge.count, BEFORE)
        self.assertEqual(len(gone), count)
        self.assertEqual(3, self.read(purge.count_without_end))
        self.assertEqual((3, 3, 3, 3, 0), self.purge())
        self.assertEqual(kept, self.left())
        for child in CHILDREN:
            self.assertEqual(kept, self.left(child.task_id))
        self.assertEqual((0, 0, 0, 0, 0), self.purge())

    def test_pieces(self):
        self.patch(purge, "PIECE", 2)
        for number in range(5):
            self.add(f"s{number}", "succeeded", BEFORE - DAY)
        sizes = [piece.tasks for piece in purge.delete(self.database, BEFORE)]
        self.assertEqual([2, 2, 1], sizes)
        self.assertEqual([], self.left())

    def test_keys_of_batches_that_are_gone(self):
        self.add("a", "succeeded", BEFORE - DAY, "gone", "key-1")
        self.add("b", "failed", BEFORE - DAY, "gone")
        self.add("a", "succeeded", BEFORE - DAY, "half", "key-2")
        self.add("b", "running", None, "half")
        self.assertEqual(1, self.purge().requests)
        self.assertEqual(
            ["key-2"], self.left(task_models.TaskRequest.key_digest)
        )
        self.assertEqual(["half"], self.left(task_models.Reprocess.batch_id))

    def test_a_task_that_is_reopened_meanwhile(self):
        task_id = self.add("a", "failed", BEFORE - DAY)
        model = task_models.Reprocess
        find = purge._next

        def reopen(*args):
            found = find(*args)
            self.write(
                lambda session: session.execute(
                    sa.update(model).values(state="scheduled")
                )
            )
            return found

        self.patch(purge, "_next", reopen)
        pieces = list(itertools.islice(purge.delete(self.database, BEFORE), 3))
        self.assertEqual(0, sum(piece.tasks for piece in pieces))
        self.assertEqual([task_id], self.left())
