# SPDX-License-Identifier: Apache-2.0
"""The form of a new order."""

from django.urls import reverse

from cloudkitty_reprocess_dashboard import client
from tests.unit import base

VALUES = {
    "scopes": "selected",
    "scope": ["id-blue", "id-green"],
    "begin": "2026-11-01T00:00",
    "end": "2026-11-02T00:00",
    "period": "3600",
    "metric": ["instance"],
    "reason": "A wrong price",
    "mode": "preview",
    "key": "k",
}
CREATED = client.Answer(
    {}, location="http://rating/v2/task/reprocesses?batch_id=batch-2"
)


class TestNewOrder(base.TestCase):
    url = reverse("horizon:admin:reprocesses:new_order")

    def test_page(self):
        with self.api(client.Answer(base.choices())):
            response = self.client.get(self.url)
        self.assertEqual(1, len(self.sent))
        self.assertContains(response, "All: 2 active scopes")
        content = response.content.decode()
        self.assertLess(content.index("> blue<"), content.index("> green<"))
        # The last rated day: both scopes are rated until then.
        self.assertContains(response, 'value="2026-11-04T23:00"')
        self.assertContains(response, 'value="2026-11-05T23:00"')

    def test_values_of_the_address(self):
        query = (
            "scope=id-blue&metric=instance&reason=Why"
            "&begin=2026-11-03T00:00:00%2B00:00"
        )
        with self.api(client.Answer(base.choices())):
            response = self.client.get(f"{self.url}?{query}")
        form = response.context["form"]
        self.assertEqual(["id-blue"], form.scope_ids)
        self.assertEqual("2026-11-03T00:00", form.begin)
        self.assertEqual("Why", form.reason)

    def test_preview(self):
        with self.api(CREATED):
            response = self.client.post(self.url, VALUES)
        self.assertRedirectsNoFollow(
            response,
            reverse("horizon:admin:reprocesses:order", args=["batch-2"]),
        )
        [(_method, _path, arguments)] = self.sent
        self.assertEqual(
            {
                "scope_ids": ["id-blue", "id-green"],
                "start_reprocess_time": "2026-11-01T00:00:00+00:00",
                "end_reprocess_time": "2026-11-01T23:00:00+00:00",
                "reason": "A wrong price",
                "mode": "preview",
                "metrics": ["instance"],
            },
            arguments["json"],
        )

    def test_all_scopes(self):
        values = {**VALUES, "scopes": "all", "allow_empty": "on"}
        with self.api(CREATED):
            self.client.post(self.url, values)
        [(_method, _path, arguments)] = self.sent
        self.assertEqual("ALL", arguments["json"]["scope_ids"])
        self.assertIs(True, arguments["json"]["allow_empty"])

    def test_the_zone_of_the_user(self):
        self.client.cookies["django_timezone"] = "Europe/Berlin"
        with self.api(CREATED):
            self.client.post(self.url, VALUES)
        [(_method, _path, arguments)] = self.sent
        self.assertEqual(
            "2026-10-31T23:00:00+00:00",
            arguments["json"]["start_reprocess_time"],
        )

    def _refused(self, text, **values):
        with self.api(client.Answer(base.choices())):
            response = self.client.post(self.url, {**VALUES, **values})
        self.assertContains(response, text)
        return response

    def test_without_scope(self):
        self._refused("Select at least one scope.", scope=[])

    def test_without_reason(self):
        self._refused("Enter the reason", reason=" ")

    def test_half_a_period(self):
        response = self._refused(
            "extended to whole periods", end="2026-11-01T23:30"
        )
        self.assertEqual("2026-11-02T00:00", response.context["form"].end)

    def test_no_time(self):
        self._refused("Enter a date and a time.", begin="yesterday")

    def test_refused_by_the_api(self):
        error = client.RatingError(409, "tasks share periods with this window")
        with self.api(error, client.Answer(base.choices())):
            response = self.client.post(self.url, VALUES)
        self.assertContains(response, error.message)
        self.assertContains(response, "A wrong price")

    def test_a_member(self):
        with self.api(client.RatingError(403, "not allowed")):
            response = self.client.post(self.url, VALUES)
        self.assertEqual(403, response.status_code)


class TestWindow(base.TestCase):
    url = reverse("horizon:admin:reprocesses:new_order_window")

    def ask(self, begin, end, **query):
        query = {"begin": begin, "end": end, "period": 3600, **query}
        return self.client.get(self.url, query)

    def test_extended(self):
        answer = self.ask("2026-11-01T00:10", "2026-11-01T05:50").json()
        self.assertEqual("2026-11-01T00:00", answer["begin"])
        self.assertEqual("2026-11-01T06:00", answer["end"])
        self.assertIn("6 periods", answer["text"])
        self.assertEqual([], self.sent)

    def test_not_rated(self):
        answer = self.ask("2026-11-01T00:00", "2026-11-01T05:00", rated=3600)
        self.assertIn("rated until 1970-01-01 01:00", answer.json()["error"])

    def test_a_bad_limit(self):
        answer = self.ask("2026-11-01T00:00", "2026-11-01T05:00", rated="x")
        self.assertEqual(400, answer.status_code)

    def test_the_wrong_way_round(self):
        answer = self.ask("2026-11-02T00:00", "2026-11-01T05:00").json()
        self.assertIn("later", answer["error"])
