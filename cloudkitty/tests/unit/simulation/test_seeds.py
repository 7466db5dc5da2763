# SPDX-License-Identifier: Apache-2.0
"""Some seeds of the simulation; ``CLOUDKITTY_TEST_SEEDS`` says how many.

All of them: ``python -m cloudkitty.tests.simulation --seeds 1-5000``.
"""

import dataclasses
import os

from cloudkitty.orchestrator import live
from cloudkitty.orchestrator.engine import replace_or_keep
from cloudkitty.orchestrator.engine import writer as ck_writer
from cloudkitty.orchestrator.reprocess import preconditions
from cloudkitty.scopes import reset as scope_reset
from cloudkitty.tests.simulation import actors
from cloudkitty.tests.simulation import report
from cloudkitty.tests.simulation import situations
from cloudkitty.tests.unit.simulation import seeds_case

SEEDS = int(os.environ.get("CLOUDKITTY_TEST_SEEDS", "20"))


class TestSeeds(seeds_case.SeedsCase):
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
        self.patch(ck_writer.Writer, "store", _store_cursor_first)
        self.check_found("holds", range(1, 8))

    def test_empty_collection_that_replaces_data_is_found(self):
        replaced = replace_or_keep.Rule.replaced
        self.patch(
            replace_or_keep.Rule,
            "replaced",
            lambda rule, period: replaced(rule, period) | rule.defined,
        )
        self.check_found("holds", range(1, 40))

    def test_a_processor_that_takes_any_period_is_found(self):
        self.patch(preconditions, "check_period", lambda task, conf: None)
        # A processor claims whole batches, so one of several rarely has any.
        self.patch(actors.Cast, "start_narrow", actors.Cast.start_stranger)
        self.check_found("another period", range(1, 150))

    def test_undefined_metrics_that_are_emptied_are_found(self):
        decide = replace_or_keep.decide

        def replace_all(rule, rated, stored):
            return [
                dataclasses.replace(
                    one, replaced=one.replaced | one.stored.keys()
                )
                for one in decide(rule, rated, stored)
            ]

        self.patch(replace_or_keep, "decide", replace_all)
        self.check_found("holds", range(1, 40))

    def test_scopes_that_wait_for_the_next_tick_are_found(self):
        self.patch(live.LiveRating, "work_pending", lambda self: None)
        self.check_found("waits for its next tick", range(1, 30))

    def test_resets_beside_tasks_are_found(self):
        self.patch(scope_reset, "check", lambda *args: None)
        self.check_found("ahead of live rating", range(1, 60))

    def test_a_range_without_a_situation_is_incomplete(self):
        totals = report.Totals()
        self.assertLessEqual(set(situations.EVERY), set(totals.missing()))


def _store_cursor_first(writer, scope, chunk, cursor):
    writer._database.write(cursor.move)
    for piece in chunk:
        if writer._storage.joins_database:
            writer._database.write(
                lambda session, piece=piece: writer._storage.replace(
                    scope,
                    piece.window,
                    piece.frames,
                    metrics=piece.metrics,
                    transaction=session,
                )
            )
        else:
            writer._storage.replace(
                scope, piece.window, piece.frames, metrics=piece.metrics
            )
