# SPDX-License-Identifier: Apache-2.0
"""``POST /v2/task/reprocesses`` with a preview and its digest."""

from cloudkitty.api import error_codes
from cloudkitty.tests.unit.api.task import case
from cloudkitty.tests.unit.api.task import test_approvals

AUTHOR = test_approvals.AUTHOR


class TestOrders(test_approvals.ApprovalCase):
    def setUp(self):
        super().setUp()
        self.conf.set_override("approval_above", None, group="reprocess")

    def order(self, batch, shown, status=200, headers=AUTHOR, **changes):
        body = {
            "reason": "as shown",
            "preview_batch_id": batch,
            "digest": shown,
            **changes,
        }
        return self.app.post_json(
            case.URL, body, headers=headers, status=status
        )

    def show(self, batch):
        return self.app.get(f"/v2/task/batches/{batch}", headers=AUTHOR).json

    def mismatch(self, word, *args):
        answer = self.order(*args, status=400).json
        self.assertEqual(
            error_codes.TASK_PREVIEW_MISMATCH, answer["errors"][0]["code"]
        )
        self.assertIn(word, answer["message"])

    def test_order_has_the_content_of_the_preview(self):
        preview, digest = self.preview(metrics=["cpu"], allow_empty=True)
        self.assertEqual(digest, self.show(preview)["digest"])
        location = self.order(preview, digest, max_running=2).location
        order = location.partition("batch_id=")[2]
        shown = self.show(order)
        seen = self.show(preview)
        for name in (
            "begin",
            "end",
            "total",
            "first_scope_ids",
            "selected_metrics",
            "allow_empty",
        ):
            self.assertEqual(seen[name], shown[name], name)
        self.assertEqual(
            ("as shown", "reprocess", 2, preview, []),
            (
                shown["reason"],
                shown["mode"],
                shown["max_running"],
                shown["preview_batch_id"],
                shown["order_batch_ids"],
            ),
        )
        self.assertEqual(
            (None, [order]),
            (seen["preview_batch_id"], seen["order_batch_ids"]),
        )
        self.assertNotIn("approval", shown)

    def test_mismatch(self):
        preview, digest = self.preview()
        self.mismatch("identifies no preview", "none", digest)
        self.mismatch("send its digest", preview, "0" * 64)
        order = self.order(preview, digest).location.partition("=")[2]
        self.mismatch("identifies no preview", order, digest)
        unfinished = self.ask(mode="preview")
        self.mismatch("not complete", unfinished, digest)

    def test_invalid_bodies(self):
        preview, digest = self.preview()
        for changes, word in (
            ({"digest": None}, "digest"),
            ({"digest": 5}, "digest"),
            ({"preview_batch_id": ""}, "blank"),
            ({"scope_ids": "a"}, "scope_ids"),
            ({"metrics": ["cpu"]}, "metrics"),
            ({"mode": "reprocess"}, "without it"),
            ({"allow_empty": False}, "allow_empty"),
            ({"end_reprocess_time": "2021-06-01"}, "end_reprocess_time"),
            ({"reason": " "}, "reason"),
        ):
            answer = self.order(preview, digest, status=400, **changes).json
            self.assertIn("send", answer["message"].lower(), changes)
            self.assertIn(word, answer["message"], changes)
        self.post(status=400, headers=AUTHOR, digest=digest)

    def test_overlap_is_checked(self):
        preview, digest = self.preview()
        self.order(preview, digest)
        answer = self.order(preview, digest, status=400).json
        self.assertEqual(
            error_codes.TASK_OVERLAPS, answer["errors"][0]["code"]
        )

    def test_key(self):
        headers = {**AUTHOR, "Idempotency-Key": "one"}
        preview, digest = self.preview()
        first = self.order(preview, digest, headers=headers).location
        again = self.order(preview, digest, headers=headers).location
        self.assertEqual(first, again)
        self.order(
            preview, digest, status=409, headers=headers, reason="other"
        )

    def test_order_that_awaits_its_approval(self):
        preview, digest = self.preview()
        self.conf.set_override("approval_above", 47, group="reprocess")
        order = self.order(preview, digest).location.partition("=")[2]
        shown = self.show(order)
        self.assertEqual(preview, shown["preview_batch_id"])
        self.assertEqual({None}, set(shown["approval"].values()))
        self.app.post_json(
            f"/v2/task/batches/{order}/approve",
            {"preview_batch_id": preview, "digest": digest},
            headers=test_approvals.SECOND,
        )
        approval = self.show(order)["approval"]
        self.assertEqual(
            (preview, "second"),
            (approval["preview_batch_id"], approval["approved_by"]),
        )

    def test_sample(self):
        sample = test_approvals.test_read.sample(
            "reprocesses-post-order-request"
        )
        preview, digest = self.preview()
        self.order(preview, digest, reason=sample["reason"])
        self.assertEqual({"reason", "preview_batch_id", "digest"}, set(sample))
