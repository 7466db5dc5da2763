# SPDX-License-Identifier: Apache-2.0
"""``/v2/task/batches/{batch_id}``."""

import datetime
import decimal

import sqlalchemy as sa

from cloudkitty.api import error_codes
from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import records as task_records
from cloudkitty.db.tasks import totals as task_totals
from cloudkitty.tests.fakes import api as fake_api
from cloudkitty.tests.unit.api.task import case
from cloudkitty.tests.unit.api.task import test_read

ADMIN = fake_api.persona("admin")
MEMBER = fake_api.persona("member", "reader")


def task_start(task, periods):
    """Return the beginning of a period of a task."""
    return task.start_at + datetime.timedelta(hours=periods)


class BatchCase(case.TaskCase):
    """A batch of two tasks."""

    def setUp(self):
        super().setUp()
        self.post(scope_ids="a,b")
        self.url = f"/v2/task/batches/{self.tasks()[0].batch_id}"

    def fill(self):
        """Let the batch have a value in each field."""
        first, second = self.tasks()
        amount = task_records.Amount(
            points=1, qty=decimal.Decimal(1), price=decimal.Decimal("0.5")
        )
        row = task_models.Reprocess
        now = fake_api.NOW
        with self.database.writer() as session:
            task_totals.replace(
                session,
                first.id,
                [
                    task_records.TaskTotal(
                        metric="cpu", before=amount, after=amount
                    )
                ],
            )
            session.execute(
                sa.update(row).values(created_by="ann", started_at=now)
            )
            for task, values in (
                (
                    first,
                    {
                        "state": "running",
                        "claimed_at": now,
                        "updated_at": now + datetime.timedelta(minutes=1),
                        "claimed_done": 0,
                        "current_reprocess_time": task_start(first, 4),
                    },
                ),
                (
                    second,
                    {
                        "state": "failed",
                        "attempts": 10,
                        "last_error": "down",
                    },
                ),
            ):
                session.execute(
                    sa.update(row).where(row.id == task.id).values(**values)
                )


class TestBatch(BatchCase):
    def patch(self, status=200, url=None, **body):
        return self.app.patch_json(url or self.url, body, status=status).json

    def refuse(self, status, code, *words, **kwargs):
        answer = self.patch(status=status, **kwargs)
        self.assertEqual(code, answer["errors"][0]["code"])
        for word in words:
            self.assertIn(word, answer["message"])

    def test_show(self):
        self.assertEqual(
            {
                "batch_id": self.tasks()[0].batch_id,
                "reason": "Reprocessing test",
                "mode": "reprocess",
                "created_at": "2026-11-22 12:30:00+00:00",
                "total": 2,
                "states": {
                    "scheduled": 2,
                    "running": 0,
                    "paused": 0,
                    "succeeded": 0,
                    "failed": 0,
                    "cancelled": 0,
                },
                "periods_total": 48,
                "periods_done": 0,
                "periods_kept": 0,
                "progress": 0.0,
                "created_by": None,
                "begin": "2021-06-01 00:00:00+00:00",
                "end": "2021-06-02 00:00:00+00:00",
                "periods_empty": 0,
                "seconds_left": None,
                "totals": {"before": None, "after": None},
                "started_at": None,
                "finished_at": None,
                "next_attempt_at": None,
                "first_scope_ids": ["a", "b"],
                "selected_metrics": None,
                "allow_empty": False,
                "preview_batch_id": None,
                "order_batch_ids": [],
                "failing": [],
                "metrics": [],
            },
            self.app.get(self.url).json,
        )

    def test_attributes_of_the_request(self):
        self.post(
            mode="preview", not_before="2026-11-23T01:00:00Z", max_running=2
        )
        batch_id = self.tasks()[-1].batch_id
        [listed, other] = self.app.get("/v2/task/batches").json["batches"]
        shown = self.app.get(f"/v2/task/batches/{batch_id}").json
        for batch in (shown, listed):
            self.assertEqual("2026-11-23 01:00:00+00:00", batch["not_before"])
            self.assertEqual(2, batch["max_running"])
        self.assertNotIn("not_before", other)

    def test_samples(self):
        self.fill()
        told = test_read.sample("batch-get-response")
        shown = self.app.get(self.url).json
        self.assertEqual(test_read.kinds(told), test_read.kinds(shown))
        told = test_read.sample("batch-patch-response")
        shown = self.patch(**test_read.sample("batch-patch-request"))
        self.assertEqual(test_read.kinds(told), test_read.kinds(shown))

    def test_change(self):
        first, second = self.tasks()
        self.app.patch_json(f"/v2/task/{first.id}", {"state": "cancelled"})
        answer = self.patch(state="paused", reason="wait")
        self.assertEqual(1, answer["changed"])
        self.assertEqual(
            (1, 1), (answer["states"]["paused"], answer["states"]["cancelled"])
        )
        events = self.app.get(f"/v2/task/{second.id}").json["events"]
        self.assertEqual("wait", events[-1]["why"])
        self.assertEqual(0, self.patch(state="paused")["changed"])
        self.assertEqual(1, self.patch(state="cancelled")["changed"])
        self.refuse(
            409, error_codes.TASK_STATE_CONFLICT, "cancelled", state="paused"
        )

    def test_invalid_bodies(self):
        for state in ("running", "", None, 5):
            self.refuse(400, error_codes.ARGUMENT_INVALID, "send", state=state)
        self.refuse(400, error_codes.ARGUMENT_MISSING)
        self.refuse(
            400,
            error_codes.ARGUMENT_INVALID,
            "reason",
            state="paused",
            reason="x" * 4001,
        )

    def test_unknown_batches(self):
        for name in ("nobody", "7", "%E2%82%AC"):
            url = f"/v2/task/batches/{name}"
            self.app.get(url, status=404)
            self.refuse(
                404, error_codes.TASK_NOT_FOUND, url=url, state="paused"
            )
        self.app.get(f"{self.url}/more", status=404)


class TestPersonas(case.TaskCase):
    auth_strategy = "keystone"

    def test_only_administrators_have_access(self):
        self.post(headers=ADMIN)
        url = f"/v2/task/batches/{self.tasks()[0].batch_id}"
        body = {"state": "cancelled"}
        self.app.get(url, headers=MEMBER, status=403)
        self.app.patch_json(url, body, headers=MEMBER, status=403)
        self.assertEqual("scheduled", self.tasks()[0].state)
        self.app.get(url, headers=ADMIN)
        self.app.patch_json(url, body, headers=ADMIN)
        self.assertEqual("cancelled", self.tasks()[0].state)
