# SPDX-License-Identifier: Apache-2.0
"""Closed periods, and other limits of orders."""

from django.urls import reverse

from cloudkitty_reprocess_dashboard import client
from cloudkitty_reprocess_dashboard import policies
from tests.unit import base
from tests.unit import test_new_order

CLOSED = (
    "periods of this window are closed: id-blue (before 2026-11-01 00:00:00"
    "+00:00). Send a window that starts at 2026-11-01 00:00:00+00:00 or "
    "later, or force true if the policy schedule:force_task_reprocesses "
    "allows it to you"
)
SHOWN = "closed: blue (before 2026-11-01 00:00:00+00:00)."
ERROR = client.RatingError(409, CLOSED, "rating.task.window_closed")
LABEL = "Rate closed periods again"
NEW = reverse("horizon:admin:reprocesses:new_order")


class TestNewOrder(base.TestCase):
    values = {**test_new_order.VALUES, "mode": "reprocess"}

    def sent_for(self, **values):
        with self.api(test_new_order.CREATED):
            self.client.post(NEW, {**self.values, **values})
        [(_method, _path, arguments)] = self.sent
        return arguments["json"]

    def refused(self, **values):
        with self.api(client.Answer(base.choices())):
            return self.client.post(NEW, {**self.values, **values})

    def test_the_message(self):
        with self.api(ERROR, client.Answer(base.choices())):
            response = self.client.post(NEW, self.values)
        self.assertContains(response, SHOWN)
        self.assertContains(response, LABEL)

    def test_without_the_policy(self):
        with (
            self.api(ERROR, client.Answer(base.choices())),
            self.refusing(policies.FORCE),
        ):
            response = self.client.post(NEW, self.values)
        self.assertContains(response, SHOWN)
        self.assertContains(response, "ask a user with the policy")
        self.assertNotContains(response, LABEL)

    def test_limits_are_sent(self):
        sent = self.sent_for(
            force="on", not_before="2026-12-24T22:00", max_running="3"
        )
        self.assertIs(True, sent["force"])
        self.assertEqual("2026-12-24T22:00:00+00:00", sent["not_before"])
        self.assertEqual(3, sent["max_running"])

    def test_a_preview_has_no_limits(self):
        sent = self.sent_for(mode="preview", force="on", max_running="3")
        self.assertFalse({"force", "max_running"} & set(sent))

    def test_bad_limits(self):
        self.assertContains(self.refused(max_running="0"), "1 or more")
        self.assertContains(
            self.refused(not_before="soon"), "Start not before: Enter a date"
        )

    def test_a_closed_scope(self):
        choices = base.choices()
        choices["scopes"][0]["closed_before"] = "2026-11-03T00:00:00+00:00"
        with self.api(client.Answer(choices)):
            response = self.client.get(NEW)
        self.assertContains(response, "closed before")
        self.assertContains(response, "2026-11-03 00:00")


class TestChanges(base.TestCase):
    order_url = reverse(
        "horizon:admin:reprocesses:change_order", args=["batch-1"]
    )
    task_url = reverse("horizon:admin:reprocesses:change_task", args=[7])

    def test_a_forced_retry(self):
        result = {"changed": 1, "refused_total": 0, "refused": []}
        with self.api(client.Answer(result)):
            self.client.post(
                self.order_url, {"action": "retry", "force": "on"}
            )
        [(_method, _path, arguments)] = self.sent
        self.assertIs(True, arguments["json"]["force"])

    def test_a_refused_retry(self):
        refused = [{"id": 7, "scope_id": "id-blue", "why": CLOSED}]
        result = {"changed": 0, "refused_total": 1, "refused": refused}
        with self.api(client.Answer(result)):
            response = self.client.post(self.order_url, {"action": "retry"})
        self.assert_message(response, SHOWN)

    def test_a_task(self):
        with self.api(ERROR):
            response = self.client.post(self.task_url, {"action": "retry"})
        self.assert_message(response, SHOWN)

    def test_offered_where_it_counts(self):
        batch = base.shown_batch(states={"failed": 1, "scheduled": 1})
        with self.api(client.Answer(batch)):
            response = self.client.get(
                reverse("horizon:admin:reprocesses:order", args=["batch-1"])
            )
        # Retry, not pause and cancel.
        self.assertContains(response, 'data-force="true"', count=1)
        self.assertContains(response, LABEL)
