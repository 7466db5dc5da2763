# SPDX-License-Identifier: Apache-2.0
"""The workers of processors."""

import typing

from django.urls import reverse

from cloudkitty_reprocess_dashboard import client
from tests.unit import base
from tests.unit import test_orders

NO_WORKER = "No worker that executes tasks is alive."


def worker(**fields: typing.Any) -> client.Item:
    """Return the JSON of a worker without work."""
    return {
        "host": "controller-1",
        "kind": "reprocessing",
        "worker": 0,
        "pid": 4711,
        "version": "25.0.0",
        "started_at": "2026-11-02 07:00:03+00:00",
        "last_seen_at": "2026-11-02 09:04:31+00:00",
        "stopped_at": None,
        "alive": True,
        "tasks": 0,
        "task_id": None,
        "scope_id": None,
        "next_look_at": "2026-11-02 09:04:39+00:00",
        **fields,
    }


class TestHealth(base.TestCase):
    url = reverse("horizon:admin:reprocesses:health")
    data_url = reverse("horizon:admin:reprocesses:health_data")

    def _page(self, *workers):
        answer = {"workers": list(workers), "alive": 0}
        with self.api(client.Answer(answer)):
            return self.client.get(self.url)

    def test_work(self):
        response = self._page(
            worker(tasks=12, task_id=17, scope_id="id-blue"),
            worker(kind="rating"),
        )
        self.assertEqual(
            [("GET", "/v2/task/workers")], [each[:2] for each in self.sent]
        )
        for text in (
            "controller-1",
            "executes tasks",
            "2026-11-02 09:04:31 UTC",
            reverse("horizon:admin:reprocesses:task", args=[17]),
            "and 11 more",
            "blue",
            "looks for work",
        ):
            self.assertContains(response, text)
        self.assertNotContains(response, "is alive.")

    def test_nothing_executes_tasks(self):
        response = self._page(
            worker(alive=False),
            worker(
                worker=1, alive=False, stopped_at="2026-11-02 09:04:31+00:00"
            ),
            worker(kind="rating"),
        )
        for text in (NO_WORKER, "Lost", "Stopped"):
            self.assertContains(response, text)
        self.assertNotContains(response, "that rates new periods is alive")

    def test_no_worker(self):
        response = self._page()
        self.assertContains(response, NO_WORKER)
        self.assertContains(response, "that rates new periods is alive")
        self.assertContains(response, "No worker was seen within a day.")

    def test_data(self):
        with self.api(client.Answer({"workers": [worker()], "alive": 1})):
            response = self.client.get(self.data_url)
        self.assertIn("controller-1", response.json()["parts"]["workers"])

    def test_a_member(self):
        with self.api(client.RatingError(403, "not allowed")):
            self.assertEqual(403, self.client.get(self.url).status_code)

    def test_the_landing_page(self):
        overview = {**test_orders.OVERVIEW, "workers_alive": 0}
        with self.api(test_orders.answer(overview=overview)):
            response = self.client.get(
                reverse("horizon:admin:reprocesses:index")
            )
        self.assertContains(response, NO_WORKER)
        self.assertContains(response, self.url)
