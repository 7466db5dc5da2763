# SPDX-License-Identifier: Apache-2.0
"""Three chunks at a time, and whose failure counts."""

import concurrent.futures
import threading

from cloudkitty.collector import base as collector_base
from cloudkitty.orchestrator import chunks
from cloudkitty.orchestrator import engine
from cloudkitty.orchestrator import failures
from cloudkitty.orchestrator import pipeline
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
        self.engine = engine.Engine(
            conf, self.collector, clock.FakeClock(base.utc(world.NOW))
        )
        self.addCleanup(self.engine.close)
        self.storing = concurrent.futures.ThreadPoolExecutor(1)
        self.addCleanup(self.storing.shutdown)
        self.stored = []
        self.pulses = lambda: None

    def make(self):
        return pipeline.Pipeline(
            self.engine,
            self.storing,
            chunks.Sizer(1, world.HOUR),
            scope_id="a",
            window=WINDOW,
            load_chain=lambda: self.chain,
            metrics=self.engine.select_metrics(None),
            pulse=lambda: self.pulses(),
        )

    def store(self, chunk, rated):
        self.assertEqual([chunk], [period.frame.period for period in rated])
        self.stored.append(chunk)

    def asked(self):
        return [window for _, _, window in self.collector.calls]

    def test_all_is_stored_in_order(self):
        self.make().run(self.store)
        self.assertEqual(CHUNKS, self.stored)
        self.assertEqual(CHUNKS, self.asked())

    def test_one_is_collected_and_one_rated_while_one_is_stored(self):
        third_asked, second_rated = threading.Event(), threading.Event()
        rate = self.chain.rate

        def rate_and_tell(frame):
            if frame.start == CHUNKS[1].begin:
                second_rated.set()
            return rate(frame)

        def store(chunk, rated):
            if chunk == CHUNKS[0]:
                self.assertTrue(second_rated.wait(30))
                while len(self.collector.calls) < 3:
                    third_asked.wait(0.01)
            self.store(chunk, rated)

        self.chain.rate = rate_and_tell
        self.make().run(store)
        self.assertEqual(CHUNKS, self.stored)

    def test_what_was_rated_before_a_failure_is_stored(self):
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

    def test_the_failure_of_an_earlier_chunk_comes_first(self):
        rating = threading.Event()

        def store(chunk, rated):
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
        def store(chunk, rated):
            self.stored.append(chunk)
            if chunk == CHUNKS[1]:
                raise ZeroDivisionError

        made = self.make()
        self.assertRaises(ZeroDivisionError, made.run, store)
        self.assertEqual(CHUNKS[:2], self.stored)
        self.assertEqual(CHUNKS[1], made.chunk)

    def test_a_stop_waits_for_what_is_being_stored(self):
        stopping = threading.Event()

        def store(chunk, rated):
            stopping.wait(30)
            self.store(chunk, rated)

        def pulse():
            if made.chunk == CHUNKS[1]:
                stopping.set()
                raise failures.Interrupted

        self.pulses = pulse
        made = self.make()
        self.assertRaises(failures.Interrupted, made.run, store)
        self.assertEqual(CHUNKS[:1], self.stored)
