# SPDX-License-Identifier: Apache-2.0
"""Some seeds of the simulation; ``CLOUDKITTY_TEST_SEEDS`` says how many.

All of them: ``python -m cloudkitty.tests.simulation --seeds 1-5000``.
"""

import os

from cloudkitty.orchestrator import task_run
from cloudkitty.orchestrator import writing
from cloudkitty.tests import base
from cloudkitty.tests.simulation import report
from cloudkitty.tests.simulation import runner

SEEDS = int(os.environ.get("CLOUDKITTY_TEST_SEEDS", "20"))


class TestSeeds(base.TestCase):
    def setUp(self):
        super().setUp()
        self.runner = runner.Runner()
        self.runner.__enter__()
        self.addCleanup(self.runner.__exit__)

    def test_promises_hold(self):
        totals = report.Totals()
        for seed in range(1, SEEDS + 1):
            totals.add(self.runner.run(seed))
        self.assertEqual({}, totals.failures)
        self.assertEqual(SEEDS, totals.seeds)
        self.assertTrue(totals.transitions["running", "succeeded"])
        self.assertTrue(totals.faults)

    def test_seed_runs_the_same_way_again(self):
        first = self.runner.run(3)
        self.runner.run(4)
        self.assertEqual(first.log, self.runner.run(3).log)

    def test_cursor_before_data_is_found(self):
        self.patch(writing.Writer, "store", _store_cursor_first)
        self.assertTrue(any(self.runner.run(s).failure for s in range(1, 8)))

    def test_empty_collection_that_replaces_data_is_found(self):
        pieces = writing.pieces
        self.patch(
            writing,
            "pieces",
            lambda rated, write_empty: pieces(rated, write_empty=True),
        )
        self.assertTrue(any(self.runner.run(s).failure for s in range(1, 8)))

    def test_a_processor_that_takes_any_period_is_found(self):
        self.patch(task_run.TaskRun, "_check_period", lambda run: None)
        self.assertTrue(any(self.runner.run(s).failure for s in range(1, 30)))


def _store_cursor_first(writer, scope, chunk, cursor, *, metrics=None):
    writer._database.write(cursor.move)
    for piece in chunk:
        if writer._storage.joins_database:
            writer._database.write(
                lambda session, piece=piece: writer._storage.replace(
                    scope,
                    piece.window,
                    piece.frames,
                    metrics=metrics,
                    transaction=session,
                )
            )
        else:
            writer._storage.replace(
                scope, piece.window, piece.frames, metrics=metrics
            )
