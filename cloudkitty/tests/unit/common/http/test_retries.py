# SPDX-License-Identifier: Apache-2.0
"""Repeated requests: which, how often, and their end."""

import threading
import time

import fixtures

from cloudkitty.common import cancellation
from cloudkitty.common.http import client
from cloudkitty.common.http import errors
from cloudkitty.common.http import retries
from cloudkitty.tests import base
from cloudkitty.tests import http_stub

RESET = http_stub.Answer("", fault="reset")
GONE = http_stub.Answer("", status=503)
FINE = http_stub.Answer("fine")


class TestRetries(base.TestCase):
    def setUp(self):
        super().setUp()
        self.useFixture(
            fixtures.MonkeyPatch(
                "cloudkitty.common.http.retries.WAITS", (0.01, 0.02)
            )
        )

    def ask(self, *answers, seconds=5.0):
        self.stub = self.useFixture(http_stub.StubServer(*answers))
        asked = client.Client(self.stub.url, client.Limits(seconds, 1 << 20))
        with retries.ask(asked, "POST", "a", json={}) as answer:
            return answer.status, b"".join(answer.pieces())

    def test_the_third_attempt_may_succeed(self):
        for first in (RESET, GONE, http_stub.Answer("", status=502)):
            self.assertEqual((200, b"fine"), self.ask(first, RESET, FINE))
            self.assertEqual(3, len(self.stub.requests))

    def test_after_three_attempts_the_last_error(self):
        err = self.assertRaises(errors.Unreachable, self.ask, RESET, GONE)
        self.assertEqual("answered HTTP 503", str(err))
        self.assertEqual(3, len(self.stub.requests))

    def test_nothing_listens(self):
        asked = client.Client(
            f"http://127.0.0.1:{base.free_port()}", client.Limits(5, 100)
        )
        with self.assertRaisesRegex(errors.Unreachable, "refused"):
            with retries.ask(asked, "GET", "a"):
                pass

    def test_other_answers_are_not_repeated(self):
        for status in (400, 401, 404, 500):
            found = self.ask(http_stub.Answer("no", status=status))
            self.assertEqual((status, b"no"), found)
            self.assertEqual(1, len(self.stub.requests))

    def test_not_after_the_deadline_or_in_the_middle(self):
        for answer, seconds in (
            (http_stub.Answer("", fault="stall"), 0.3),
            (http_stub.Answer("x" * 1000, fault="truncate"), 5),
            (http_stub.Answer("", fault="huge-header"), 5),
        ):
            err = self.assertRaises(
                errors.HTTPError, self.ask, answer, seconds=seconds
            )
            self.assertNotIsInstance(err, errors.Unreachable)
            self.assertEqual(1, len(self.stub.requests))

    def test_a_cancellation_ends_the_wait(self):
        self.useFixture(
            fixtures.MonkeyPatch(
                "cloudkitty.common.http.retries.WAITS", (60, 60)
            )
        )
        cancelling = cancellation.Cancellation()
        timer = threading.Timer(0.3, cancelling.cancel)
        timer.start()
        self.addCleanup(timer.join)
        begin = time.monotonic()
        with cancelling.entered():
            self.assertRaises(errors.HTTPError, self.ask, GONE)
        self.assertLess(time.monotonic() - begin, 10)
        self.assertLessEqual(len(self.stub.requests), 2)
