# SPDX-License-Identifier: Apache-2.0
"""Counting in shared memory, and the export of the sums."""

import dataclasses
import multiprocessing

from oslo_db import exception as db_exception

from cloudkitty.db.tasks import modes
from cloudkitty.orchestrator import exporter
from cloudkitty.orchestrator import measures
from cloudkitty.orchestrator import series
from cloudkitty.tests import base
from cloudkitty.tests import metrics_table


@dataclasses.dataclass
class Period:
    result: str


@dataclasses.dataclass
class Part:
    failure: object = None


class _Silent:
    """A database that does not respond."""

    def read(self):
        return None


class TestMeasures(base.TestCase):
    def setUp(self):
        super().setUp()
        self.addCleanup(measures.stop)
        self.table = series.Table(3)

    def value(self, name, **labels):
        registry = exporter.make_registry(
            exporter.Collector(self.table, _Silent())
        )
        return registry.get_sample_value(name, labels)

    def test_kinds_are_live_rating_and_the_modes(self):
        self.assertEqual({"live", *modes.MODES}, set(series.KINDS))

    def test_off(self):
        measures.periods("live", None)
        measures.collected(None)
        measures.retries("live")
        measures.lost_claim("preview")
        with measures.phase(measures.STORE):
            pass
        self.assertIs(
            measures.phase(measures.RATE), measures.phase(measures.STORE)
        )
        self.assertEqual(0, sum(self.table.sums()))

    def test_counters(self):
        measures.start(self.table.row(1))
        measures.periods("live", [Period("rated"), Period("rated")])
        measures.periods("preview", [Period("kept")])
        measures.retries("reprocess", 3)
        measures.lost_claim("live")
        measures.collected({"a": Part(), "b": Part("late"), "c": Part(1)})
        measures.collected({"a": Part()})
        for expected, name, labels in (
            (2, "periods", {"kind": "live", "result": "rated"}),
            (1, "periods", {"kind": "preview", "result": "kept"}),
            (0, "periods", {"kind": "live", "result": "kept"}),
            (3, "retries", {"kind": "reprocess"}),
            (1, "lost_claims", {"kind": "live"}),
            (1, "collector_errors", {}),
            (0, "storage_errors", {}),
        ):
            self.assertEqual(
                expected, self.value(f"cloudkitty_{name}_total", **labels)
            )

    def test_other_labels_are_ignored(self):
        measures.start(self.table.row(0))
        measures.retries("of a plugin")
        self.assertEqual(0, sum(self.table.sums()))

    def test_errors_of_the_storage(self):
        measures.start(self.table.row(0))

        @measures.storage_errors
        def fail(error):
            raise error

        self.assertRaises(
            db_exception.DBConnectionError,
            fail,
            db_exception.DBConnectionError(),
        )
        self.assertRaises(ValueError, fail, ValueError())
        self.assertEqual(1, self.value("cloudkitty_storage_errors_total"))

    def test_phases(self):
        measures.start(self.table.row(2))
        for _ in range(2):
            with measures.phase(measures.RATE):
                pass
        self.assertRaises(ZeroDivisionError, self.fail_in_a_phase)
        name = series.PHASE_SECONDS
        self.assertEqual(2, self.value(f"{name}_count", phase="rate"))
        self.assertEqual(
            2, self.value(f"{name}_bucket", phase="rate", le="0.05")
        )
        self.assertEqual(1, self.value(f"{name}_count", phase="store"))
        self.assertEqual(0, self.value(f"{name}_count", phase="collect"))
        self.assertGreater(self.value(f"{name}_sum", phase="rate"), 0)

    def fail_in_a_phase(self):
        with measures.phase(measures.STORE):
            return 1 / 0

    def test_buckets_are_cumulative(self):
        row = measures._Row(self.table.row(0))
        for seconds in (0.05, 0.06, 2, 5000):
            row.observe("store", seconds)
        name = f"{series.PHASE_SECONDS}_bucket"
        counts = [
            self.value(name, phase="store", le=limit)
            for limit in ("0.05", "0.25", "1.0", "5.0", "300.0", "+Inf")
        ]
        self.assertEqual([1, 2, 2, 3, 3, 4], counts)

    def test_processes_share_the_table(self):
        """A worker that replaces a dead one continues its row."""

        def work(number):
            measures.start(self.table.row(number))
            measures.retries("live", 5)

        context = multiprocessing.get_context("fork")
        for number in (0, 1, 1):
            process = context.Process(target=work, args=(number,))
            process.start()
            process.join()
            self.assertEqual(0, process.exitcode)
        self.assertEqual(
            15, self.value("cloudkitty_retries_total", kind="live")
        )

    def test_silent_database(self):
        self.assertEqual(0, self.value("cloudkitty_database_up"))
        self.assertIsNone(self.value("cloudkitty_scopes"))
        self.assertIsNone(self.value("cloudkitty_tasks", state="failed"))

    def test_names(self):
        for family in metrics_table.families():
            self.assertRegex(family.name, "^cloudkitty_[a-z_]+$")
            self.assertTrue(family.documentation.endswith("."), family)
