# SPDX-License-Identifier: Apache-2.0
"""Collecting and rating a window."""

import threading

from cloudkitty.collector import base as collector_base
from cloudkitty.orchestrator import failures
from cloudkitty.orchestrator.engine import collect_and_rate
from cloudkitty.rating import base as rating_base
from cloudkitty.tests import base
from cloudkitty.tests.fakes import clock
from cloudkitty.tests.fakes import collector
from cloudkitty.tests.unit.orchestrator import world

START = "2026-11-01T00:00"


def go_on():
    """Be a pulse that stops nothing."""


class TestEngine(base.TestCase):
    def make(self, *definitions, **orchestrator):
        conf = self.make_conf(orchestrator=orchestrator)
        self.clock = clock.FakeClock(base.utc(world.NOW))
        self.collector = collector.FakeCollector(conf, definitions)
        self.chain = world.PriceChain()
        self.engine = collect_and_rate.Engine(conf, self.collector, self.clock)
        self.addCleanup(self.engine.close)

    def rate(self, count, pulse=go_on, metrics=None):
        started = self.engine.start(
            ["a"],
            world.hours(START, count),
            self.engine.select_metrics(metrics),
        )
        collected = started.frames(pulse)["a"]
        self.failure = collected.failure
        rated = self.engine.rate_frames(collected.periods, self.chain, pulse)
        self.failure = rated.failure or self.failure
        return rated.periods

    def put(self, key, hour, quantity):
        self.collector.put(
            key, "a", base.utc(f"2026-11-01T{hour:02}:00"), quantity
        )

    def test_every_period_comes_once_rated_or_empty(self):
        self.make(world.metric("cpu"), world.metric("disk"))
        self.put("cpu", 0, 1)
        self.put("disk", 0, 2)
        self.put("cpu", 2, 3)
        rated = self.rate(3)
        self.assertEqual([2, 0, 1], [period.collected for period in rated])
        self.assertEqual(
            [world.hours(f"2026-11-01T0{hour}:00", 1) for hour in range(3)],
            [period.frame.period for period in rated],
        )
        self.assertEqual(
            [2, 4],
            [point.price for _, point in rated[0].frame.iterpoints()],
        )

    def test_empty_period_is_not_rated(self):
        self.make(world.metric("cpu"))
        self.put("cpu", 1, 1)
        self.rate(3)
        self.assertEqual([base.utc("2026-11-01T01:00")], self.chain.rated)

    def test_one_call_for_a_metric_and_chunk(self):
        self.make(world.metric("cpu"), world.metric("disk"))
        self.rate(48)
        window = world.hours(START, 48)
        self.assertEqual(
            [("cpu", "a", window), ("disk", "a", window)],
            sorted(self.collector.calls),
        )

    def test_metrics_of_one_name_are_put_together(self):
        self.make(
            world.metric("m@#b", alt_name="same"),
            world.metric("m@#a", alt_name="same"),
        )
        self.put("m@#b", 0, 2)
        self.put("m@#a", 0, 1)
        frame = self.rate(1)[0].frame
        self.assertEqual(
            [1, 2], [int(point.qty) for point in frame.usage["same"]]
        )

    def test_only_the_wanted_metrics(self):
        self.make(world.metric("cpu"), world.metric("disk"))
        self.put("cpu", 0, 1)
        self.put("disk", 0, 1)
        rated = self.rate(1, metrics=["disk"])
        self.assertEqual(["disk"], list(rated[0].frame.usage))
        self.assertEqual(["disk"], [call[0] for call in self.collector.calls])

    def test_metric_without_definition_is_named(self):
        self.make(world.metric("cpu"))
        error = self.assertRaises(
            collect_and_rate.UnknownMetric,
            self.engine.select_metrics,
            ["gone"],
        )
        self.assertIn("gone", str(error))

    def test_points_to_skip_are_dropped_after_rating(self):
        self.make(
            world.metric(
                "cpu", skip_expression="datapoint['rating']['price'] == 2"
            )
        )
        self.put("cpu", 0, 1)
        self.put("cpu", 1, 2)
        rated = self.rate(2)
        self.assertEqual([0, 1], [len(period.frame) for period in rated])
        # What was dropped was there: the period is not without data.
        self.assertEqual([1, 1], [period.collected for period in rated])

    def test_one_metric_that_fails_fails_the_chunk(self):
        self.make(world.metric("cpu"), world.metric("disk"))
        self.put("cpu", 0, 1)
        self.collector.fail(None, "metric disk: connection refused")
        self.assertEqual([], self.rate(2))
        self.assertIn("connection refused", str(self.failure.error))
        self.assertEqual(world.hours(START, 2), self.failure.window)
        self.assertFalse(self.failure.divisible)

    def test_periods_before_an_unusable_value_are_rated(self):
        self.make(world.metric("cpu"), world.metric("disk"))
        for hour in range(4):
            self.put("cpu", hour, 1)
            self.put("disk", hour, "NaN" if hour == 2 else 1)
        self.assertEqual([2, 2], [period.collected for period in self.rate(4)])
        self.assertEqual(
            world.hours("2026-11-01T02:00", 1), self.failure.window
        )
        self.assertIn("metric disk", str(self.failure.error))

    def test_the_earliest_unusable_value_counts(self):
        self.make(world.metric("cpu"), world.metric("disk"))
        self.put("cpu", 3, "NaN")
        self.put("disk", 1, "NaN")
        self.assertEqual(1, len(self.rate(4)))
        self.assertIn("metric disk", str(self.failure.error))

    def test_periods_before_an_error_without_period_count(self):
        class Broken(collector.FakeCollector):
            def collect_scope(self, metric, scope_id, window):
                yield window.periods(world.HOUR)[0], []
                raise ZeroDivisionError

        self.make()
        conf = self.make_conf()
        self.engine = collect_and_rate.Engine(
            conf, Broken(conf, [world.metric("cpu")]), self.clock
        )
        self.addCleanup(self.engine.close)
        self.assertEqual(1, len(self.rate(4)))
        self.assertEqual(
            world.hours("2026-11-01T01:00", 3), self.failure.window
        )
        self.assertTrue(self.failure.divisible)

    def test_rating_error_names_the_period(self):
        self.make(world.metric("cpu"))
        self.put("cpu", 1, 1)
        self.chain.broken_at = {base.utc("2026-11-01T01:00")}
        self.assertEqual(1, len(self.rate(2)))
        self.assertIsInstance(self.failure.error, rating_base.RatingError)
        self.assertIn("2026-11-01 01:00:00+00:00", str(self.failure.error))
        self.assertIn("rule 7", str(self.failure.error))

    def test_answer_for_a_foreign_period_is_refused(self):
        class Confused(collector.FakeCollector):
            def collect_scope(self, metric, scope_id, window):
                return [(world.hours("2020-01-01T00:00", 1), [])]

        self.make()
        definition = world.metric("cpu")
        self.collector = Confused(self.make_conf(), [definition])
        self.engine = collect_and_rate.Engine(
            self.make_conf(), self.collector, self.clock
        )
        self.addCleanup(self.engine.close)
        self.assertEqual([], self.rate(1))
        self.assertIsInstance(self.failure.error, collector_base.CollectError)

    def test_answer_for_another_scope_is_refused(self):
        class Confused(collector.FakeCollector):
            def collect(self, metric, scope_ids, window):
                [period] = window.periods(world.HOUR)
                return [collector_base.Collected("another", period, [])]

        self.make()
        conf = self.make_conf()
        self.engine = collect_and_rate.Engine(
            conf, Confused(conf, [world.metric("cpu")]), self.clock
        )
        self.addCleanup(self.engine.close)
        self.assertEqual([], self.rate(1))
        self.assertIn("another scope", str(self.failure.error))


class StuckCollector(collector.FakeCollector):
    """Answers when the test lets it."""

    def __init__(self, conf, definitions):
        super().__init__(conf, definitions)
        self.release = threading.Event()

    def collect_scope(self, metric, scope_id, window):
        self.release.wait(30)
        return super().collect_scope(metric, scope_id, window)


class TestWaiting(base.TestCase):
    def setUp(self):
        super().setUp()
        conf = self.make_conf(orchestrator={"collector_request_timeout": 30})
        self.clock = clock.FakeClock(base.utc(world.NOW))
        definitions = [world.metric("cpu"), world.metric("disk")]
        self.collector = StuckCollector(conf, definitions)
        self.engine = collect_and_rate.Engine(conf, self.collector, self.clock)
        self.addCleanup(self.engine.close)
        self.addCleanup(self.collector.release.set)

    def collect(self, pulse):
        return self.engine.start(
            ["a"], world.hours(START, 1), self.engine.select_metrics(None)
        ).frames(pulse)["a"]

    def test_no_answer_in_time_is_an_error(self):
        failure = self.collect(lambda: self.clock.advance(16)).failure
        self.assertIn(
            "metric cpu: no answer within 0:00:30", str(failure.error)
        )

    def test_pulse_stops_a_collection_that_hangs(self):
        def stop():
            raise failures.Interrupted

        self.assertRaises(failures.Interrupted, self.collect, stop)
