# SPDX-License-Identifier: Apache-2.0
"""The page of an order."""

from django.urls import reverse

from cloudkitty_reprocess_dashboard import client
from tests.unit import base


class TestOrder(base.TestCase):
    url = reverse("horizon:admin:reprocesses:order", args=["batch-1"])
    data_url = reverse(
        "horizon:admin:reprocesses:order_data", args=["batch-1"]
    )

    def test_page(self):
        batch = base.shown_batch(base.task())
        with self.api(client.Answer(batch, 'W/"1"')):
            response = self.client.get(f"{self.url}?state=failed")
        [(method, path, arguments)] = self.sent
        self.assertEqual(("GET", "/v2/task/batches/batch-1"), (method, path))
        self.assertIn(("state", "failed"), arguments["params"])
        for text in (
            "A wrong price",
            "the collector does not answer",
            "3 failed attempts",
            "6 of 24 periods, 25&nbsp;%",
            "instance",
            "Retry failed",
        ):
            self.assertContains(response, text)
        self.assertNotContains(response, "as shown")

    def test_data(self):
        batch = base.shown_batch(base.task())
        with self.api(client.Answer(batch, 'W/"1"')):
            response = self.client.get(self.data_url)
        self.assertEqual(
            {"order", "metrics", "tasks"}, set(response.json()["parts"])
        )

    def test_a_batch_that_does_not_exist(self):
        with self.api(client.RatingError(404, "no batch")):
            response = self.client.get(self.url)
        self.assertEqual(404, response.status_code)

    def test_an_unfinished_preview(self):
        with self.api(client.Answer(base.shown_batch(mode="preview"))):
            response = self.client.get(self.url)
        self.assertContains(response, "when all its tasks have succeeded")

    def test_a_finished_preview(self):
        batch = base.shown_batch(mode="preview", digest="ab12")
        with self.api(client.Answer(batch)):
            response = self.client.get(self.url)
        self.assertContains(response, 'data-digest="ab12"')

    def test_an_order_of_a_preview(self):
        batch = base.shown_batch(preview_batch_id="batch-0")
        with self.api(client.Answer(batch)):
            response = self.client.get(self.url)
        self.assertContains(
            response,
            reverse("horizon:admin:reprocesses:order", args=["batch-0"]),
        )


class TestOrderAsShown(base.TestCase):
    url = reverse("horizon:admin:reprocesses:order_as_shown", args=["batch-1"])
    created = client.Answer(
        {}, location="http://rating/v2/task/reprocesses?batch_id=batch-2"
    )

    def test_digest_is_sent(self):
        values = {"digest": "ab12", "reason": "as checked", "key": "k"}
        with self.api(self.created, self.created):
            response = self.client.post(self.url, values)
            self.client.post(self.url, values)
        self.assertRedirectsNoFollow(
            response,
            reverse("horizon:admin:reprocesses:order", args=["batch-2"]),
        )
        (_method, _path, first), (_method, _path, second) = self.sent
        self.assertEqual(
            {
                "reason": "as checked",
                "preview_batch_id": "batch-1",
                "digest": "ab12",
            },
            first["json"],
        )
        # A double click creates one order.
        self.assertEqual(first["headers"], second["headers"])

    def test_refused(self):
        error = client.RatingError(400, "the digest is another")
        with self.api(error):
            response = self.client.post(self.url, {"digest": "ab12"})
        self.assertCookieMessage(response, "the digest is another")

    def test_without_digest(self):
        self.assertEqual(400, self.client.post(self.url).status_code)
