# SPDX-License-Identifier: Apache-2.0
"""Three chunks at a time, and whose failure counts."""

import concurrent.futures
import threading

from cloudkitty.collector import base as collector_base
from cloudkitty.common import exceptions
from cloudkitty.orchestrator import failures
from cloudkitty.orchestrator.engine import answers
from cloudkitty.orchestrator.engine import chunks
from cloudkitty.orchestrator.engine import collect_and_rate
from cloudkitty.orchestrator.engine import members
from cloudkitty.orchestrator.engine import pipeline
from cloudkitty.rating import base as rating_base
from cloudkitty.tests import base
from cloudkitty.tests.fakes import clock
from cloudkitty.tests.fakes import collector
from cloudkitty.tests.unit.orchestrator import world

WINDOW = world.hours("2026-11-01T00:00", 4)
#: Each period is a chunk.
CHUNKS = list(WINDOW.periods(world.HOUR))


class TestPipeline(base.TestCase):
    def setUp(self):
        super().setUp()
        conf = self.make_conf()
        self.collector = collector.FakeCollector(conf, [world.metric("cpu")])
        for period in CHUNKS:
            self.collector.put("cpu", "a", period.begin, 1)
        self.chain = world.PriceChain()
        self.engine = collect_and_rate.Engine(
            conf, self.collector, clock.FakeClock(base.utc(world.NOW))
        )
        self.addCleanup(self.engine.close)
        self.storing = concurrent.futures.ThreadPoolExecutor(1)
        self.addCleanup(self.storing.shutdown)
        self.stored = []
        self.pulses = lambda: None

    def make(self, points=1):
        return pipeline.Pipeline(
            self.engine,
            self.storing,
            self.sizer(points),
            period_seconds=world.HOUR,
            members=members.Members(["a"]),
            window=WINDOW,
            look=lambda chunk: {"a": self.look(chunk)},
            load_chains=lambda: world.Chains(lambda scope_id: self.chain),
            metrics=self.engine.select_metrics(None),
            pulse=lambda: self.pulses(),
        )

    def sizer(self, points):
        sizer = chunks.Sizer(points, world.HOUR)
        # As many periods as points in the first chunk.
        sizer.expect(1, 1)
        return sizer

    def look(self, chunk):
        return {chunk.begin: {"cpu": len(self.stored)}}

    def store_all(self, chunk, rated, stored):
        """Be a store that takes chunks of several periods."""
        windows = [period.frame.period for period in rated["a"]]
        self.assertEqual(list(chunk.periods(world.HOUR)), windows)
        self.stored += windows

    def store(self, chunk, rated, stored):
        self.assertEqual(
            [chunk], [period.frame.period for period in rated["a"]]
        )
        self.stored.append(chunk)

    def asked(self):
        return [window for _, _, window in self.collector.calls]

    def test_all_is_stored_in_order(self):
        self.make().run(self.store)
        self.assertEqual(CHUNKS, self.stored)
        self.assertEqual(CHUNKS, self.asked())

    def test_stored_counts_are_passed_to_the_store_of_their_chunk(self):
        looks, passed = [], []

        def look(chunk):
            looks.append(chunk)
            # The collection continues at the same time.
            while chunk not in self.asked():
                threading.Event().wait(0.01)
            return {chunk.begin: {"cpu": 7}}

        self.look = look
        self.make().run(
            lambda chunk, rated, stored: passed.append(stored["a"])
        )
        self.assertEqual(CHUNKS, looks)
        self.assertEqual([{c.begin: {"cpu": 7}} for c in CHUNKS], passed)

    def test_chunks_before_a_failed_look_are_stored(self):
        def look(chunk):
            if chunk == CHUNKS[2]:
                raise ZeroDivisionError
            return {}

        self.look = look
        made = self.make()
        self.assertRaises(ZeroDivisionError, made.run, self.store)
        self.assertEqual(CHUNKS[:2], self.stored)
        self.assertEqual(CHUNKS[2], made.chunk)

    def test_one_is_collected_and_one_rated_while_one_is_stored(self):
        third_asked, second_rated = threading.Event(), threading.Event()
        rate = self.chain.rate

        def rate_and_tell(frame):
            if frame.start == CHUNKS[1].begin:
                second_rated.set()
            return rate(frame)

        def store(chunk, rated, stored):
            if chunk == CHUNKS[0]:
                self.assertTrue(second_rated.wait(30))
                while len(self.collector.calls) < 3:
                    third_asked.wait(0.01)
            self.store(chunk, rated, stored)

        self.chain.rate = rate_and_tell
        self.make().run(store)
        self.assertEqual(CHUNKS, self.stored)

    def test_periods_rated_before_a_failure_are_stored(self):
        for break_it, error, at in (
            (
                lambda: self.collector.fail(None, None, "cpu: down"),
                collector_base.CollectError,
                2,
            ),
            (
                lambda: self.chain.broken_at.add(CHUNKS[1].begin),
                rating_base.RatingError,
                1,
            ),
        ):
            self.stored.clear()
            break_it()
            made = self.make()
            self.assertRaises(error, made.run, self.store)
            self.assertEqual(CHUNKS[:at], self.stored)
            self.assertEqual(CHUNKS[at], made.chunk)

    def test_periods_before_one_that_fails_are_stored(self):
        for break_it, text in (
            (
                lambda: self.collector.put("cpu", "a", CHUNKS[2].begin, "NaN"),
                "metric cpu",
            ),
            (lambda: self.chain.broken_at.add(CHUNKS[1].begin), "rule 7"),
        ):
            break_it()
            self.stored.clear()
            made = self.make(points=4)
            error = self.assertRaises(
                exceptions.CloudKittyError, made.run, self.store_all
            )
            at = len(self.stored)
            self.assertEqual(CHUNKS[:at], self.stored)
            self.assertEqual(CHUNKS[at], made.chunk)
            self.assertIn(text, str(error))
            self.assertIn(str(CHUNKS[at].begin), str(error))
        self.assertEqual(1, at)

    def test_a_fault_of_a_rating_module_is_one_period(self):
        self.chain.broken_at.add(CHUNKS[3].begin)
        self.chain.error = ZeroDivisionError()
        made = self.make(points=4)
        error = self.assertRaises(ZeroDivisionError, made.run, self.store_all)
        self.assertEqual(CHUNKS[:3], self.stored)
        self.assertEqual([f"period {CHUNKS[3].begin}"], error.__notes__)

    def refuse(self, *causes):
        """Let the collector fail for windows with more than one period."""
        collect = self.collector.collect
        left = list(causes)

        def refusing(metric, scope_id, window):
            found = list(collect(metric, scope_id, window))
            if len(found) > 1 and left:
                raise left.pop()
            return found

        self.collector.collect = refusing

    def test_a_request_that_was_too_large_is_divided(self):
        self.refuse(
            *[collector_base.CollectError("large", divisible=True)] * 3
        )
        self.make(points=4).run(self.store_all)
        self.assertEqual(CHUNKS, self.stored)
        lengths = [window.period_count(world.HOUR) for window in self.asked()]
        self.assertEqual([4, 2, 1, 1, 1, 1], lengths)

    def test_a_fault_of_a_collector_is_narrowed_down_to_its_period(self):
        collect = self.collector.collect

        def faulty(metric, scope_id, window):
            if window.end > CHUNKS[2].begin:
                raise ZeroDivisionError
            return collect(metric, scope_id, window)

        self.collector.collect = faulty
        made = self.make(points=4)
        self.assertRaises(ZeroDivisionError, made.run, self.store_all)
        self.assertEqual(CHUNKS[:2], self.stored)
        self.assertEqual(CHUNKS[2], made.chunk)

    def test_a_backend_that_is_down_is_asked_once(self):
        self.collector.fail("cpu: connection refused")
        made = self.make(points=4)
        self.assertRaises(
            collector_base.CollectError, made.run, self.store_all
        )
        self.assertEqual(1, len(self.asked()))
        self.assertEqual(WINDOW, made.chunk)

    def test_without_an_answer_one_period_is_asked_for(self):
        self.refuse(answers.NoAnswer("cpu: late", divisible=True))
        self.make(points=4).run(self.store_all)
        self.assertEqual(CHUNKS, self.stored)
        lengths = [window.period_count(world.HOUR) for window in self.asked()]
        self.assertEqual([4, 1, 1, 1, 1], lengths)

    def test_the_failure_of_an_earlier_chunk_comes_first(self):
        rating = threading.Event()

        def store(chunk, rated, stored):
            rating.wait(30)
            raise ZeroDivisionError

        def pulse():
            if made.chunk == CHUNKS[1]:
                rating.set()

        self.pulses = pulse
        self.chain.broken_at.add(CHUNKS[1].begin)
        made = self.make()
        self.assertRaises(ZeroDivisionError, made.run, store)
        self.assertEqual(CHUNKS[0], made.chunk)

    def test_nothing_is_stored_after_a_failure_to_store(self):
        def store(chunk, rated, stored):
            self.stored.append(chunk)
            if chunk == CHUNKS[1]:
                raise ZeroDivisionError

        made = self.make()
        self.assertRaises(ZeroDivisionError, made.run, store)
        self.assertEqual(CHUNKS[:2], self.stored)
        self.assertEqual(CHUNKS[1], made.chunk)

    def test_a_stop_waits_until_the_current_chunk_is_stored(self):
        stopping = threading.Event()

        def store(chunk, rated, stored):
            stopping.wait(30)
            self.store(chunk, rated, stored)

        def pulse():
            if made.chunk == CHUNKS[1]:
                stopping.set()
                raise failures.Interrupted

        self.pulses = pulse
        made = self.make()
        self.assertRaises(failures.Interrupted, made.run, store)
        self.assertEqual(CHUNKS[:1], self.stored)
