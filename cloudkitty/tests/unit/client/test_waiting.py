# SPDX-License-Identifier: Apache-2.0
import io

from cloudkitty.client import http
from cloudkitty.client import waiting
from cloudkitty.client import watch
from cloudkitty.tests import base
from cloudkitty.tests.fakes import clock as fake_clock
from cloudkitty.tests.fakes import rating_api

BATCH = "/v2/task/batches/batch-1"


class Terminal(io.StringIO):
    def isatty(self):
        return True


class TestWaiting(base.TestCase):
    def setUp(self):
        super().setUp()
        self.clock = fake_clock.FakeClock(base.utc("2026-11-22T12:00"))
        self.output = io.StringIO()
        self.slept = []

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.clock.advance(seconds)

    def wait(
        self, responses, tasks=("7",), batches=(), timeout=None, **options
    ):
        api = rating_api.FakeApi(responses)
        self.watch = watch.Watch(api, tasks, batches)
        waiter = waiting.Waiter(
            self.output, 2, timeout, self.clock, self.sleep, **options
        )
        return waiter.wait(self.watch)

    def task(self, *states, **fields):
        return {
            "/v2/task/7": [
                found
                if isinstance(found, Exception)
                else rating_api.task(7, found, **fields)
                for found in states
            ]
        }

    def test_statuses(self):
        for state, status in (
            ("succeeded", 0),
            ("failed", 3),
            ("cancelled", 4),
        ):
            responses = self.task("scheduled", "running", state)
            self.assertEqual(status, self.wait(responses))

    def test_one_failure_of_many(self):
        responses = {
            "/v2/task/7": [rating_api.task(7, "succeeded")],
            "/v2/task/8": [rating_api.task(8, "failed")],
            BATCH: [rating_api.batch(cancelled=1)],
        }
        status = self.wait(responses, ("7", "8"), ("batch-1",))
        self.assertEqual(3, status)

    def test_paused_and_unknown_states_are_not_finished(self):
        responses = self.task("paused", "a_later_state", "succeeded")
        self.assertEqual(0, self.wait(responses))
        self.assertEqual([2, 2], self.slept)

    def test_it_does_not_wait_for_an_approval(self):
        responses = {
            BATCH: [rating_api.batch(awaiting_approval=2, cancelled=1)]
        }
        self.assertEqual(6, self.wait(responses, (), ("batch-1",)))
        self.assertEqual([], self.slept)
        for line in (
            "0 of 72 periods: 2 awaiting_approval, 1 cancelled",
            "openstack rating reprocess batch approve batch-1",
            "openstack rating reprocess wait --batch batch-1",
        ):
            self.assertIn(line, self.output.getvalue().splitlines())

    def test_a_task_of_a_batch_that_awaits_approval(self):
        self.assertEqual(6, self.wait(self.task("awaiting_approval")))
        self.assertIn("batch approve batch-1", self.output.getvalue())

    def test_other_tasks_are_waited_for_before_the_approval(self):
        responses = {
            **self.task("running", "succeeded"),
            BATCH: [rating_api.batch(awaiting_approval=1)],
        }
        self.assertEqual(6, self.wait(responses, ("7",), ("batch-1",)))
        self.assertEqual([2], self.slept)

    def test_await_approval(self):
        responses = self.task("awaiting_approval", "scheduled", "succeeded")
        self.assertEqual(0, self.wait(responses, await_approval=True))
        self.assertEqual([2, 2], self.slept)

    def test_timeout(self):
        status = self.wait(self.task("scheduled"), timeout=5)
        self.assertEqual(5, status)
        self.assertEqual(3, len(self.slept))
        self.assertIn("Timeout: task 7", self.output.getvalue())

    def test_a_log_has_one_line_for_each_change(self):
        states = ("scheduled", "running", "running", "succeeded")
        self.wait(self.task(*states))
        self.assertEqual(
            [
                "6 of 24 periods: 1 scheduled",
                "6 of 24 periods: 1 running",
                "6 of 24 periods: 1 succeeded",
            ],
            self.output.getvalue().splitlines(),
        )

    def test_a_terminal_has_a_bar(self):
        self.output = Terminal()
        self.wait(self.task("running", "succeeded"))
        self.assertIn("6/24 periods", self.output.getvalue())

    def test_the_reason_why_a_task_waits(self):
        why = "no processor has been seen for 40 seconds"
        waits = {"next_look_at": None, "why": why}
        responses = {
            "/v2/task/7": [
                rating_api.task(7, "scheduled", waiting=waits),
                rating_api.task(7),
            ]
        }
        self.wait(responses)
        self.assertIn(f"1 scheduled ({why})", self.output.getvalue())

    def test_the_reason_why_a_batch_waits(self):
        waits = {"next_look_at": None, "why": "its turn comes"}
        responses = {
            BATCH: [
                rating_api.batch(scheduled=2),
                rating_api.batch(scheduled=1, running=1),
                rating_api.batch(succeeded=2),
            ],
            "/v2/task/reprocesses": [rating_api.page({"id": 7})],
            "/v2/task/7": [rating_api.task(7, "scheduled", waiting=waits)],
        }
        self.assertEqual(0, self.wait(responses, (), ("batch-1",)))
        lines = self.output.getvalue().splitlines()
        self.assertEqual(
            "0 of 48 periods: 2 scheduled (its turn comes)", lines[0]
        )
        self.assertEqual("0 of 48 periods: 1 scheduled, 1 running", lines[1])

    def test_a_restart_of_the_api(self):
        for error in (
            http.Unreachable("no answer"),
            http.ApiError(503, "the database is away"),
        ):
            self.assertEqual(0, self.wait(self.task(error, "succeeded")))

    def test_an_api_that_stays_away(self):
        error = http.Unreachable("no answer")
        self.assertRaises(http.Unreachable, self.wait, self.task(error))

    def test_a_refusal_ends_it(self):
        error = http.ApiError(404, "the task does not exist")
        self.assertRaises(http.ApiError, self.wait, self.task(error))
        self.assertEqual([], self.slept)

    def test_interruption_names_the_tasks(self):
        def interrupt(_):
            raise KeyboardInterrupt

        self.sleep = interrupt
        responses = {
            "/v2/task/7": [rating_api.task(7, "running")],
            BATCH: [rating_api.batch(running=1)],
        }
        self.assertRaises(
            KeyboardInterrupt, self.wait, responses, ("7",), ("batch-1",)
        )
        output = self.output.getvalue()
        self.assertIn("continues with task 7, batch batch-1", output)
        self.assertIn("reprocess wait --batch batch-1 7\n", output)
