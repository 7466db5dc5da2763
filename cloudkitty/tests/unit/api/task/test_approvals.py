# SPDX-License-Identifier: Apache-2.0
"""Approval of large requests by a second person."""

import decimal

import sqlalchemy as sa

from cloudkitty.api import error_codes
from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import records as task_records
from cloudkitty.db.tasks import totals as task_totals
from cloudkitty.tests import new_claims
from cloudkitty.tests.fakes import api as fake_api
from cloudkitty.tests.fakes import clock as fake_clock
from cloudkitty.tests.fakes import notifications as fake_notifications
from cloudkitty.tests.unit.api.task import case
from cloudkitty.tests.unit.api.task import test_read


def user(name, role="admin"):
    """Return the headers of a user."""
    return {**fake_api.persona(role), "X-User-Id": name}


AUTHOR = user("author")
SECOND = user("second")
MEMBER = user("third", "member")


class ApprovalCase(case.TaskCase):
    auth_strategy = "keystone"

    def setUp(self):
        super().setUp()
        self.told = fake_notifications.FakeNotifications()
        self.app = fake_api.make_app(
            self, conf=self.conf, database=self.database, told=self.told
        )
        self.conf.set_override("approval_above", 47, group="reprocess")

    def ask(self, **changes):
        """Send a request of 48 periods; return its batch."""
        self.post(headers=AUTHOR, **{"scope_ids": "a,b", **changes})
        return self.tasks()[-1].batch_id

    def preview(self, price="1.5", **changes):
        """Send a complete preview; return its batch and its digest."""
        batch = self.ask(mode="preview", **changes)
        with self.database.writer() as session:
            for task in self.tasks():
                if task.batch_id == batch:
                    amount = task_records.Amount(
                        points=2,
                        price=decimal.Decimal(price),
                        qty=decimal.Decimal(3),
                    )
                    total = task_records.TaskTotal(
                        metric="cpu", before=amount, after=amount
                    )
                    task_totals.replace(session, task.id, [total])
            session.execute(
                sa.update(task_models.Reprocess)
                .where(task_models.Reprocess.batch_id == batch)
                .values(state="succeeded")
            )
        return batch, self.show(batch)["digest"]

    def show(self, batch):
        url = f"/v2/task/batches/{batch}"
        return self.app.get(url, headers=AUTHOR).json

    def approve(self, batch, preview, status=200, headers=SECOND, **more):
        preview_id, digest = preview
        body = {"preview_batch_id": preview_id, "digest": digest, **more}
        return self.app.post_json(
            f"/v2/task/batches/{batch}/approve",
            body,
            headers=headers,
            status=status,
        ).json

    def refuse(self, code, batch, preview, status=409, **more):
        before = self.tasks()
        answer = self.approve(batch, preview, status, **more)
        self.assertEqual(code, answer["errors"][0]["code"], answer)
        self.assertNotIn("\n", answer["message"])
        self.assertEqual(before, self.tasks())

    def states(self, batch):
        return [t.state for t in self.tasks() if t.batch_id == batch]


class TestApproval(ApprovalCase):
    def test_limit(self):
        self.assertEqual(["scheduled"], self.states(self.ask(scope_ids="a")))
        self.conf.set_override("approval_above", 23, group="reprocess")
        batch = self.ask(scope_ids="b")
        self.assertEqual(["awaiting_approval"], self.states(batch))
        shown = self.show(batch)
        self.assertEqual(1, shown["states"]["awaiting_approval"])
        self.assertEqual(
            dict.fromkeys(
                (
                    "approved_by",
                    "approved_at",
                    "preview_batch_id",
                    "digest",
                )
            ),
            shown["approval"],
        )

    def test_approved(self):
        preview = self.preview()
        batch = self.ask()
        shown = self.approve(batch, preview, reason="checked")
        self.assertEqual(2, shown["changed"])
        self.assertEqual(2, shown["states"]["scheduled"])
        self.assertNotIn("awaiting_approval", shown["states"])
        self.assertEqual(
            {
                "approved_by": "second",
                "approved_at": "2026-11-22 12:30:00+00:00",
                "preview_batch_id": preview[0],
                "digest": preview[1],
            },
            shown["approval"],
        )
        task = self.app.get("/v2/task/3", headers=AUTHOR).json
        event = task["events"][-1]
        self.assertEqual(
            ("awaiting_approval", "scheduled", "second", "approved: checked"),
            tuple(
                event[name] for name in ("from_state", "to_state", "by", "why")
            ),
        )
        self.assertIsNone(task["current_reprocess_time"])
        told = [event for event, _ in self.told.sent]
        self.assertEqual(2, told.count("rating.task.approved"))

    def test_sample(self):
        told = test_read.sample("batch-approve-response")
        preview = self.preview()
        shown = self.approve(self.ask(), preview)
        self.assertEqual(test_read.kinds(told), test_read.kinds(shown))
        self.assertLessEqual(
            {"preview_batch_id", "digest"},
            set(test_read.sample("batch-approve-request")),
        )

    def test_repeated(self):
        preview = self.preview()
        batch = self.ask()
        self.approve(batch, preview)
        self.assertEqual(0, self.approve(batch, preview)["changed"])
        third = user("third")
        self.refuse(
            error_codes.TASK_STATE_CONFLICT, batch, preview, headers=third
        )

    def test_author(self):
        preview = self.preview()
        self.refuse(
            error_codes.TASK_OWN_APPROVAL,
            self.ask(),
            preview,
            status=403,
            headers=AUTHOR,
        )

    def test_policy(self):
        preview = self.preview()
        self.refuse(
            error_codes.POLICY_FORBIDDEN,
            self.ask(),
            preview,
            status=403,
            headers=MEMBER,
        )

    def test_other_previews(self):
        batch = self.ask()
        code = error_codes.TASK_PREVIEW_MISMATCH
        for changes in (
            {"scope_ids": "a"},
            {"metrics": "cpu"},
            {"allow_empty": True},
            {"start_reprocess_time": "2021-06-01 01:00:00"},
        ):
            self.refuse(code, batch, self.preview(**changes))
        self.refuse(code, batch, (batch, "0" * 64))
        self.refuse(code, batch, ("nothing", "0" * 64))
        self.refuse(code, batch, (self.preview()[0], "0" * 64))

    def test_incomplete_preview(self):
        preview = self.ask(mode="preview")
        self.assertIsNone(self.show(preview)["digest"])
        self.refuse(
            error_codes.TASK_PREVIEW_MISMATCH, self.ask(), (preview, "x")
        )

    def test_digest(self):
        first = self.preview()[1]
        self.assertEqual(first, self.preview()[1])
        self.assertRegex(first, "^[0-9a-f]{64}$")
        others = {
            self.preview(**changes)[1]
            for changes in (
                {"price": "1.51"},
                {"scope_ids": "a"},
                {"metrics": "cpu"},
                {"end_reprocess_time": "2021-06-01 22:00:00"},
            )
        }
        self.assertEqual(4, len(others - {first}))

    def test_not_awaiting(self):
        preview = self.preview(scope_ids="a")
        self.refuse(
            error_codes.TASK_STATE_CONFLICT, self.ask(scope_ids="a"), preview
        )
        self.refuse(error_codes.TASK_NOT_FOUND, "nothing", preview, status=404)

    def test_awaiting(self):
        batch = self.ask()
        self.post(status=400, headers=AUTHOR)
        for url in ("/v2/task/1", f"/v2/task/batches/{batch}"):
            for state in ("scheduled", "paused"):
                answer = self.app.patch_json(
                    url, {"state": state}, headers=AUTHOR, status=409
                )
                self.assertEqual(
                    error_codes.TASK_STATE_CONFLICT,
                    answer.json["errors"][0]["code"],
                )
        claims = new_claims.make(
            self.database, fake_clock.FakeClock(fake_api.NOW)
        )
        self.assertIsNone(claims.claim_next())
        with self.database.reader() as session:
            table = task_models.Reprocess.__table__.c
            cursors = session.scalars(sa.select(table.current_reprocess_time))
            # Upstream's processor takes them as finished.
            self.assertEqual(
                [task.end_at for task in self.tasks()], cursors.all()
            )

    def test_cancel(self):
        preview = self.preview()
        batch = self.ask()
        self.app.patch_json(
            "/v2/task/3", {"state": "cancelled"}, headers=AUTHOR
        )
        self.assertEqual(1, self.approve(batch, preview)["changed"])
        self.assertEqual(["cancelled", "scheduled"], self.states(batch))

    def test_closed_meanwhile(self):
        preview = self.preview()
        batch = self.ask()
        self.conf.set_override(
            "closed_before", "2021-06-02", group="reprocess"
        )
        self.refuse(error_codes.TASK_WINDOW_CLOSED, batch, preview)
        self.approve(batch, preview, force=True)

    def test_invalid(self):
        batch = self.ask()
        for body in (
            {},
            {"digest": "x"},
            {"preview_batch_id": 5, "digest": "x"},
            {"preview_batch_id": "x" * 37, "digest": "x"},
            {"preview_batch_id": "x", "digest": "y" * 65},
            {"preview_batch_id": "x", "digest": "y", "force": 7},
            {"preview_batch_id": "x", "digest": "y", "reason": []},
        ):
            self.app.post_json(
                f"/v2/task/batches/{batch}/approve",
                body,
                headers=SECOND,
                status=400,
            )


class TestWithoutAuthentication(ApprovalCase):
    auth_strategy = "noauth"

    def test_refused(self):
        preview = self.preview()
        self.refuse(
            error_codes.TASK_OWN_APPROVAL,
            self.ask(),
            preview,
            status=403,
            headers=None,
        )
