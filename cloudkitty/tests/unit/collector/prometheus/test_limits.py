# SPDX-License-Identifier: Apache-2.0
"""The Prometheus collector before a server that does not end."""

import concurrent.futures
import socket
import threading
import time
import tracemalloc

from cloudkitty.collector import base as collector_base
from cloudkitty.common import cancellation
from cloudkitty.common import periods
from cloudkitty.common.http import exchange
from cloudkitty.tests import http_stub
from cloudkitty.tests.contract import collector as contract
from cloudkitty.tests.unit.collector.prometheus import test_collector

AT = test_collector.AT
WINDOW = test_collector.WINDOW
HOUR = periods.Window(WINDOW.begin, next(iter(WINDOW.periods(3600))).end)
LIMIT = 0.4
#: Seconds for a busy machine; without a limit they would all be exceeded.
SOON = 5


class LimitsCase(test_collector.StubCase):
    def fail(self, fault, words, **options):
        """Ask a server with a fault; return the error and the seconds."""
        self.stub.script(http_stub.Answer("{}" * 5000, fault=fault))
        begin = time.monotonic()
        err = self.assertRaises(
            collector_base.CollectError,
            self.collect,
            self.make(**{"timeout": LIMIT, **options}),
        )
        self.assertIn(words, str(err))
        self.assertNotIn("secret", str(err))
        return err, time.monotonic() - begin


class TestDeadline(LimitsCase):
    def test_of_the_whole_exchange(self):
        body = f"did not complete its answer within {LIMIT:g} s"
        for fault, words in (
            ("drip", body),
            ("drip-to-the-end", body),
            ("tiny-chunks", body),
            ("trailers", body),
            ("drip-head", "did not answer in time"),
            ("continue", "did not answer in time"),
            ("stall", "did not answer in time"),
        ):
            err, seconds = self.fail(fault, words)
            self.assertFalse(err.divisible, fault)
            self.assertLess(seconds, SOON, fault)
            self.assertGreaterEqual(seconds, LIMIT, fault)

    def test_heads_without_an_end(self):
        for fault in ("huge-header", "many-headers"):
            _err, seconds = self.fail(
                fault, "headers that are malformed or too large", timeout=30
            )
            self.assertLess(seconds, SOON, fault)

    def test_nothing_stays_behind(self):
        for _ in range(5):
            self.fail("drip", "within")
        self.assertEqual({}, exchange._watchdog._watched)
        self.assertTrue(self.stub.ended.wait(SOON))

    def test_kept_connections_have_it_too(self):
        collector = self.make(timeout=LIMIT)
        self.collect(collector)
        self.stub.script(http_stub.Answer("{}" * 500, fault="drip"))
        self.fail_with("within", collector)
        self.stub.script(http_stub.matrix())
        self.assertEqual(3, len(self.collect(collector)))

    def test_zero_is_none(self):
        self.stub.script(
            http_stub.Answer(http_stub.matrix().body, fault="drip")
        )
        self.assertEqual(3, len(self.collect(self.make(timeout=0))))


class TestSize(LimitsCase):
    chunk_points = 100

    def test_bytes_after_decompression(self):
        for fault in ("endless", "bomb"):
            tracemalloc.start()
            try:
                err, seconds = self.fail(
                    fault,
                    "more than 8388608 bytes (max_response_size)",
                    timeout=30,
                    max_response_size=8 << 20,
                )
                _now, most = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
            self.assertTrue(err.divisible, fault)
            self.assertLess(seconds, SOON, fault)
            self.assertLess(most, 48 << 20, fault)

    def test_not_divisible_for_one_period(self):
        self.stub.script(http_stub.Answer(fault="bomb"))
        collector = self.make(max_response_size=1 << 20)
        err = self.assertRaises(
            collector_base.CollectError, self.collect, collector, HOUR
        )
        self.assertFalse(err.divisible)

    def test_points(self):
        """Reading ends long before the answer does."""
        many = [
            test_collector.series(
                *[[AT + 3600 * k, "1"] for k in (1, 2, 3)], project_id=f"{n}"
            )
            for n in range(1 + 2 * self.chunk_points // 3)
        ]
        self.stub.script(http_stub.matrix(*many))
        err = self.assertRaises(
            collector_base.CollectError, self.collect, self.make()
        )
        self.assertIn("more than 200 points for 3 periods", str(err))
        self.assertTrue(err.divisible)
        self.stub.script(http_stub.matrix(*many[:-1]))
        self.assertEqual(66, len(self.collect()[2][1]))

    def test_points_of_one_period_are_not_limited(self):
        many = [
            test_collector.series([AT + 3600, "1"], project_id=f"{n}")
            for n in range(201)
        ]
        self.stub.script(http_stub.matrix(*many))
        [(_period, points)] = self.collect(window=HOUR)
        self.assertEqual(201, len(points))


class TestDivisible(LimitsCase):
    def test_reason_of_a_failed_query(self):
        for status, divisible in ((422, True), (400, False), (503, False)):
            self.stub.script(
                http_stub.Answer({"error": "many-to-many"}, status=status)
            )
            for window in (WINDOW, HOUR):
                err = self.assertRaises(
                    collector_base.CollectError, self.collect, None, window
                )
                self.assertEqual(
                    divisible and window is WINDOW, err.divisible, status
                )

    def test_redirect(self):
        err, _seconds = self.fail(
            "redirect", "HTTP 302: a redirect to 169.254.169.254, which is not"
        )
        self.assertFalse(err.divisible)
        self.assertEqual(1, len(self.stub.requests))


class TestPrefix(LimitsCase):
    def test_periods_before_an_unusable_value_come_first(self):
        for first, second in (("NaN", "1"), ("1", "NaN")):
            self.stub.script(
                http_stub.matrix(
                    test_collector.series(
                        [AT + 3600, "1"], [AT + 3 * 3600, "+Inf"]
                    ),
                    test_collector.series(
                        [AT + 3600, "2"],
                        [AT + 7200, first],
                        [AT + 3 * 3600, second],
                        project_id="q",
                    ),
                )
            )
            collector = self.make()
            found = []
            err = self.assertRaises(
                collector_base.CollectError, self.take, collector, found
            )
            good = 1 if first == "NaN" else 2
            all_periods = WINDOW.periods(3600)
            self.assertEqual(all_periods[good], err.period)
            self.assertFalse(err.divisible)
            self.assertEqual(list(all_periods[:good]), [p for p, _ in found])
            self.assertEqual(2, len(found[0][1]))

    def take(self, collector, found):
        for pair in contract.of_scope(
            collector, collector.definitions[0], "p", WINDOW
        ):
            found.append(pair)


class TestAnyOrder(LimitsCase):
    def answer(self, text):
        self.stub.script(http_stub.Answer(text))
        return self.collect(window=HOUR)

    def test_of_keys(self):
        one = f'{{"values": [[{AT + 3600}, "7"]], "metric": {{}}}}'
        [(_period, [point])] = self.answer(
            f'{{"data": {{"result": [{one}], "resultType": "matrix"}}, '
            '"status": "success"}'
        )
        self.assertEqual("7", str(point.qty))

    def test_keys_after_the_result_count(self):
        for text, words in (
            (
                '{"data": {"result": [], "resultType": "vector"}, "status": '
                '"success"}',
                "a vector instead of a matrix",
            ),
            (
                '{"data": {"result": [], "resultType": "matrix"}, "status": '
                '"error"}',
                "status error",
            ),
            (
                '{"status": "success", "data": {"resultType": "matrix", '
                '"result": [], "result": []}}',
                "result comes twice",
            ),
            (
                '{"status": "success", "data": {"resultType": "matrix", '
                '"result": []}} x',
                "not a JSON object",
            ),
            (
                '{"status": "success", "data": {"resultType": "matrix", '
                '"result": []}',
                "not a JSON object",
            ),
        ):
            err = self.assertRaises(
                collector_base.CollectError, self.answer, text
            )
            self.assertIn(words, str(err))


class TestCancellation(LimitsCase):
    def test_frees_the_thread(self):
        """With two threads, both stuck, a healthy server is asked again."""
        for fault in ("drip", "drip-head", "stall", "continue"):
            self.stub.script(http_stub.Answer("{}" * 500, fault=fault))
            cancelling = cancellation.Cancellation()
            collector = self.make(timeout=60)

            def ask(collector=collector, cancelling=cancelling):
                with cancelling.entered():
                    return self.collect(collector)

            with concurrent.futures.ThreadPoolExecutor(2) as threads:
                asked = len(self.stub.requests)
                stuck = [threads.submit(ask) for _ in range(2)]
                while len(self.stub.requests) < asked + 2:
                    time.sleep(0.01)
                begin = time.monotonic()
                cancelling.cancel()
                for future in stuck:
                    err = future.exception(SOON)
                    self.assertIn("cancelled", str(err))
                self.stub.script(http_stub.matrix())
                healthy = threads.submit(self.collect, collector)
                self.assertEqual(3, len(healthy.result(SOON)))
                self.assertLess(time.monotonic() - begin, SOON)

    def test_before_it_begins(self):
        cancelling = cancellation.Cancellation()
        cancelling.cancel()
        with cancelling.entered():
            self.fail("", "cancelled", timeout=60)
        self.assertEqual([], self.stub.requests)

    def full_port(self):
        """Return a port that answers no attempt to connect any more."""
        listening = socket.create_server(("127.0.0.1", 0), backlog=0)
        self.addCleanup(listening.close)
        for _ in range(4):
            waiting = socket.socket()
            self.addCleanup(waiting.close)
            waiting.setblocking(False)
            waiting.connect_ex(listening.getsockname())
        return listening.getsockname()[1]

    def test_while_it_connects(self):
        listening = self.full_port()
        cancelling = cancellation.Cancellation()
        collector = self.make(f"http://127.0.0.1:{listening}", timeout=60)
        timer = threading.Timer(0.3, cancelling.cancel)
        timer.start()
        self.addCleanup(timer.join)
        begin = time.monotonic()
        with cancelling.entered():
            self.fail_with("cancelled", collector)
        self.assertLess(time.monotonic() - begin, SOON)
