# SPDX-License-Identifier: Apache-2.0
"""An order that another user must approve."""

import urllib.parse

from django.urls import reverse

from cloudkitty_reprocess_dashboard import client
from cloudkitty_reprocess_dashboard import policies
from tests.unit import base

ORDER = reverse("horizon:admin:reprocesses:order", args=["batch-1"])
PREVIEW = reverse("horizon:admin:reprocesses:order", args=["preview-1"])
FIND = reverse("horizon:admin:reprocesses:order_preview", args=["batch-1"])
APPROVE = reverse(
    "horizon:admin:reprocesses:approve", args=["batch-1", "preview-1"]
)
AWAITING = {"awaiting_approval": 4}
CREATED = client.Answer(
    {}, location="http://rating/v2/task/reprocesses?batch_id=preview-2"
)


def preview(batch_id="preview-1", **fields):
    return base.batch(
        **{
            "batch_id": batch_id,
            "mode": "preview",
            "states": {"succeeded": 4},
            **fields,
        }
    )


def order(*tasks, **fields):
    return client.Answer(
        base.shown_batch(*tasks, **{"states": AWAITING, **fields})
    )


class TestPage(base.TestCase):
    def test_an_approver(self):
        with self.api(order()):
            response = self.client.get(ORDER)
        self.assertContains(response, "another user must approve it")
        self.assertContains(response, "4 Awaiting approval")
        self.assertContains(response, FIND)

    def test_the_author(self):
        with self.api(order(created_by=self.request.user.id)):
            response = self.client.get(ORDER)
        self.assertContains(response, "you cannot approve it")
        self.assertNotContains(response, FIND)

    def test_without_the_policy(self):
        with self.api(order()), self.refusing(policies.APPROVE):
            response = self.client.get(ORDER)
        self.assertContains(response, "another user must approve it")
        self.assertNotContains(response, FIND)

    def test_an_approved_order(self):
        approval = {
            "approved_by": "user-1",
            "approved_at": "2026-11-02 09:00:00+00:00",
        }
        with self.api(order(states={"scheduled": 4}, approval=approval)):
            response = self.client.get(ORDER)
        self.assertContains(response, "by alice")
        self.assertNotContains(response, "must approve it")

    def test_the_preview_of_an_order(self):
        shown = base.shown_batch(**preview(digest="ab12"))
        with self.api(client.Answer(shown)):
            response = self.client.get(f"{PREVIEW}?approve=batch-1")
        self.assertContains(response, APPROVE)
        self.assertContains(response, ORDER)
        # A refreshed page has the button too.
        query = urllib.parse.urlencode({"approve": "batch-1"})
        self.assertIn(query, response.context["data_url"])

    def test_an_unfinished_preview(self):
        shown = base.shown_batch(**preview(states={"running": 4}))
        with self.api(client.Answer(shown)):
            response = self.client.get(f"{PREVIEW}?approve=batch-1")
        self.assertNotContains(response, APPROVE)
        self.assertContains(response, "can be approved when")

    def test_limits_of_an_order(self):
        limits = {"not_before": "2026-12-24 22:00:00+00:00", "max_running": 2}
        with self.api(order(**limits)):
            response = self.client.get(ORDER)
        self.assertContains(response, "2026-12-24 22:00")
        self.assertContains(response, "2 tasks at once")


class TestFind(base.TestCase):
    def find(self, *previews, **fields):
        with self.api(order(**fields), client.Answer({"batches": previews})):
            return self.client.get(FIND)

    def assert_found(self, response, name):
        page = reverse("horizon:admin:reprocesses:order", args=[name])
        self.assertRedirectsNoFollow(response, f"{page}?approve=batch-1")

    def test_the_newest_complete_one(self):
        response = self.find(
            preview("running", states={"running": 4}),
            preview("other-window", end="2026-11-03 00:00:00+00:00"),
            preview("other-metrics", selected_metrics=["instance"]),
            preview("other-scopes", total=5),
            preview("newest"),
            preview("older"),
        )
        self.assert_found(response, "newest")
        _first, (_method, path, arguments) = self.sent
        self.assertEqual("/v2/task/batches", path)
        for pair in (
            ("mode", "preview"),
            ("scope_id", "id-blue"),
            ("begin", "2026-11-01 00:00:00+00:00"),
            ("end", "2026-11-02 00:00:00+00:00"),
        ):
            self.assertIn(pair, arguments["params"])

    def test_an_unfinished_one(self):
        self.assert_found(
            self.find(
                preview("failed", states={"failed": 1, "succeeded": 3}),
                preview("running", states={"running": 4}),
            ),
            "running",
        )

    def test_few_scopes_are_compared(self):
        scopes = {"total": 2, "first_scope_ids": ["id-blue", "id-green"]}
        done = {"states": {"succeeded": 2}}
        other = {**scopes, "first_scope_ids": ["id-blue", "id-red"]}
        turned = {**scopes, "first_scope_ids": ["id-green", "id-blue"]}
        response = self.find(
            preview("other", **other, **done),
            preview("same", **turned, **done),
            **scopes,
        )
        self.assert_found(response, "same")

    def test_the_preview_that_was_ordered(self):
        with self.api(order(preview_batch_id="preview-0")):
            self.assert_found(self.client.get(FIND), "preview-0")

    def test_none(self):
        response = self.find()
        self.assertRedirectsNoFollow(response, ORDER)
        self.assert_message(response, "No preview has the scopes")

    def test_no_such_order(self):
        with self.api(client.RatingError(404, "no batch")):
            self.assertEqual(404, self.client.get(FIND).status_code)


class TestNewPreview(base.TestCase):
    def test_pages_of_tasks(self):
        times = {
            "start_reprocess_time": "2026-11-01 00:00:00+00:00",
            "end_reprocess_time": "2026-11-01 23:00:00+00:00",
        }
        first = base.task(**times)
        second = base.task(scope_id="id-green", **times)
        fields = {"selected_metrics": ["instance"], "tasks_total": 2}
        answers = [order(each, **fields) for each in (first, second)]
        with self.api(*answers, CREATED):
            response = self.client.post(FIND, {"key": "k"})
        page = reverse("horizon:admin:reprocesses:order", args=["preview-2"])
        self.assertRedirectsNoFollow(response, f"{page}?approve=batch-1")
        *_reads, (_method, _path, arguments) = self.sent
        self.assertEqual(
            {
                **times,
                "scope_ids": ["id-blue", "id-green"],
                "reason": "A wrong price",
                "mode": "preview",
                "metrics": ["instance"],
            },
            arguments["json"],
        )

    def test_refused(self):
        task = base.task(start_reprocess_time="x", end_reprocess_time="y")
        error = client.RatingError(400, "the scope is not rated")
        with self.api(order(task), error):
            response = self.client.post(FIND)
        self.assertRedirectsNoFollow(response, ORDER)
        self.assert_message(response, error.message)


class TestApprove(base.TestCase):
    def test_the_digest_is_sent(self):
        values = {"digest": "ab12", "reason": "checked", "force": "on"}
        with self.api(client.Answer({"changed": 4})):
            response = self.client.post(APPROVE, values)
        self.assertRedirectsNoFollow(response, ORDER)
        self.assert_message(response, "Approved: 4 tasks")
        [(method, path, arguments)] = self.sent
        self.assertEqual(
            ("POST", "/v2/task/batches/batch-1/approve"), (method, path)
        )
        self.assertEqual(
            {
                "preview_batch_id": "preview-1",
                "digest": "ab12",
                "reason": "checked",
                "force": True,
            },
            arguments["json"],
        )

    def test_the_author(self):
        error = client.RatingError(
            403,
            "The author of a request cannot approve it: ask another user.",
            "rating.task.own_approval",
        )
        with self.api(error):
            response = self.client.post(APPROVE, {"digest": "ab12"})
        self.assertRedirectsNoFollow(response, ORDER)
        self.assert_message(response, error.message)

    def test_without_the_policy(self):
        with self.api(client.RatingError(403, "not allowed")):
            response = self.client.post(APPROVE, {"digest": "ab12"})
        self.assertEqual(403, response.status_code)

    def test_without_digest(self):
        self.assertEqual(400, self.client.post(APPROVE).status_code)
