# SPDX-License-Identifier: Apache-2.0
"""The landing page and its data."""

from django.urls import reverse

from cloudkitty_reprocess_dashboard import client
from tests.unit import base

OVERVIEW = {
    "states": {
        "awaiting_approval": 0,
        "scheduled": 14,
        "running": 2,
        "paused": 0,
        "failed": 1,
    },
    "seconds_left": 360,
    "workers_alive": 2,
}


def answer(*batches, etag='W/"1"', **fields):
    body = {
        "batches": list(batches),
        "total": len(batches),
        "overview": OVERVIEW,
        **fields,
    }
    return client.Answer(body, etag)


class TestOrders(base.TestCase):
    url = reverse("horizon:admin:reprocesses:index")
    data_url = reverse("horizon:admin:reprocesses:index_data")

    def test_page(self):
        with self.api(answer(base.batch())):
            response = self.client.get(self.url)
        self.assertEqual(200, response.status_code)
        self.assertEqual(1, len(self.sent))
        for text in (
            "A wrong price",
            "alice",
            "blue, green, id-unknown, and 1 more",
            "2 Waiting",
            "12.64",
            "10.112",
            "\u22122.528",
            "about 5 minutes left",
            "about 6 minutes left",
            "2 workers alive",
        ):
            self.assertContains(response, text)

    def test_data(self):
        with self.api(answer(base.batch())):
            response = self.client.get(self.data_url)
        self.assertEqual({"summary", "orders"}, set(response.json()["parts"]))
        self.assertEqual(3, response.json()["seconds"])
        self.assertEqual('W/"1"', response["ETag"])

    def test_data_of_idle_workers(self):
        idle = {**OVERVIEW, "states": {**OVERVIEW["states"], "failed": 3}}
        idle["states"].update(scheduled=0, running=0)
        with self.api(answer(base.batch(), overview=idle)):
            response = self.client.get(self.data_url)
        self.assertEqual(20, response.json()["seconds"])

    def test_nothing_has_changed(self):
        with self.api(None):
            response = self.client.get(
                self.data_url, headers={"If-None-Match": 'W/"1"'}
            )
        self.assertEqual(304, response.status_code)
        [(_method, _path, arguments)] = self.sent
        self.assertEqual({"If-None-Match": 'W/"1"'}, arguments["headers"])

    def test_filters(self):
        query = "show=failed&mode=preview&reason=price&offset=20"
        with self.api(answer(base.batch(), total=50)):
            response = self.client.get(f"{self.url}?{query}")
        [(_method, _path, arguments)] = self.sent
        self.assertEqual(
            [
                ("include", "overview"),
                ("state", "failed"),
                ("mode", "preview"),
                ("reason_contains", "price"),
                ("limit", "20"),
                ("offset", "20"),
            ],
            arguments["params"],
        )
        self.assertContains(response, "21 to 40 of 50")
        self.assertContains(response, "offset=40")
        self.assertContains(response, f"{self.data_url}?show=failed&amp;mode")

    def test_unknown_filters_are_ignored(self):
        with self.api(answer()):
            response = self.client.get(f"{self.url}?show=x&mode=y&offset=-1")
        [(_method, _path, arguments)] = self.sent
        self.assertEqual(3, len(arguments["params"]))
        self.assertContains(response, "No order matches.")

    def test_a_reason_is_escaped(self):
        with self.api(answer(base.batch(reason="<b>&\"'"))):
            response = self.client.get(self.url)
        self.assertNotContains(response, "<b>&")

    def test_the_api_does_not_answer(self):
        error = client.RatingError(503, "no connection")
        with self.api(error):
            response = self.client.get(self.url)
        self.assertContains(response, "no connection", status_code=503)
        with self.api(error):
            response = self.client.get(self.data_url)
        self.assertEqual(503, response.status_code)
        self.assertEqual({"error": "no connection"}, response.json())

    def test_a_refused_user(self):
        with self.api(client.RatingError(403, "not allowed")):
            response = self.client.get(self.url)
        self.assertEqual(403, response.status_code)

    def test_an_expired_token(self):
        with self.api(client.RatingError(401, "expired")):
            response = self.client.get(self.url)
        self.assertEqual(302, response.status_code)
        self.assertIn("/auth/login/", response["location"])


class TestChanges(base.TestCase):
    index = reverse("horizon:admin:reprocesses:index")
    url = reverse("horizon:admin:reprocesses:change_order", args=["batch-1"])
    result = client.Answer(
        {"matched": 2, "changed": 2, "refused_total": 0, "refused": []}
    )

    def test_cancel(self):
        with self.api(self.result):
            response = self.client.post(
                self.url, {"action": "cancel", "reason": " wrong month "}
            )
        self.assertRedirectsNoFollow(response, self.index)
        self.assertEqual(
            [
                (
                    "PATCH",
                    "/v2/task",
                    {
                        "json": {
                            "state": "cancelled",
                            "filters": {
                                "batch_id": ["batch-1"],
                                "state": [
                                    "awaiting_approval",
                                    "scheduled",
                                    "running",
                                    "paused",
                                ],
                            },
                            "reason": "wrong month",
                        }
                    },
                )
            ],
            self.sent,
        )
        self.assertCookieMessage(response, "2 tasks cancelled.")

    def test_refused(self):
        refused = {
            "changed": 0,
            "refused_total": 1,
            "refused": [{"id": 17, "why": "periods are shared"}],
        }
        with self.api(client.Answer(refused)):
            response = self.client.post(self.url, {"action": "retry"})
        self.assertCookieMessage(
            response, "Task 17 was not changed: periods are shared"
        )

    def test_another_host_is_no_next_page(self):
        with self.api(self.result):
            response = self.client.post(
                self.url, {"action": "pause", "next": "https://evil.example/"}
            )
        self.assertRedirectsNoFollow(response, self.index)

    def test_an_unknown_action(self):
        response = self.client.post(self.url, {"action": "destroy"})
        self.assertEqual(400, response.status_code)
        self.assertEqual([], self.sent)
