# SPDX-License-Identifier: Apache-2.0
"""``PATCH /v2/task``."""

import sqlalchemy as sa

from cloudkitty.api import error_codes
from cloudkitty.db.tasks import models as task_models
from cloudkitty.tests.fakes import api as fake_api
from cloudkitty.tests.unit.api.task import case
from cloudkitty.tests.unit.api.task import test_read

URL = "/v2/task"
ADMIN = fake_api.persona("admin")
MEMBER = fake_api.persona("member", "reader")


class TestBulk(case.TaskCase):
    def setUp(self):
        super().setUp()
        self.post(scope_ids="a,b")

    def patch(self, status=200, **body):
        return self.app.patch_json(URL, body, status=status).json

    def states(self):
        return [task.state for task in self.tasks()]

    def refuse(self, code, *words, **body):
        answer = self.patch(status=400, **body)
        self.assertEqual(code, answer["errors"][0]["code"], body)
        for word in ("send", *words):
            self.assertIn(word, answer["message"])
        self.assertEqual(["scheduled"] * 2, self.states())

    def test_samples(self):
        request = test_read.sample("tasks-patch-request")
        told = test_read.sample("tasks-patch-response")
        self.assertEqual(
            test_read.kinds({**told, "refused": []}),
            test_read.kinds({**self.patch(**request), "refused": []}),
        )

    def test_sample_of_a_refusal(self):
        self.patch(state="cancelled", filters={"scope_id": "b"})
        row = task_models.Reprocess
        with self.database.writer() as session:
            session.execute(
                sa.update(row)
                .where(row.identifier == "a")
                .values(state="failed")
            )
        self.post(scope_ids="a")
        shown = self.patch(state="scheduled", filters={"state": ["failed"]})
        told = test_read.sample("tasks-patch-response")
        self.assertEqual(test_read.kinds(told), test_read.kinds(shown))
        self.assertEqual((1, 0), (shown["matched"], shown["changed"]))

    def test_dry_run(self):
        body = {"state": "cancelled", "filters": {"scope_id": ["a", "x"]}}
        expected = {
            "matched": 1,
            "changed": 1,
            "dry_run": True,
            "refused_total": 0,
            "refused": [],
        }
        self.assertEqual(expected, self.patch(**body, dry_run=True))
        self.assertEqual(["scheduled"] * 2, self.states())
        self.assertEqual({**expected, "dry_run": False}, self.patch(**body))
        self.assertEqual(["cancelled", "scheduled"], self.states())

    def test_filters(self):
        batch = self.tasks()[0].batch_id
        for filters in (
            {"state": "scheduled,failed"},
            {"state": ["SCHEDULED"]},
            {"scope_id": "a, b"},
            {"batch_id": batch},
            {"batch_id": [batch], "scope_id": ["a", "b"]},
            {"reason": "Reprocessing test"},
        ):
            answer = self.patch(state="paused", filters=filters, dry_run=True)
            self.assertEqual(2, answer["matched"], filters)
        for filters in (
            {"state": "paused"},
            {"batch_id": "x"},
            {"reason": "reprocessing test"},
        ):
            answer = self.patch(state="paused", filters=filters)
            self.assertEqual(0, answer["matched"], filters)
        self.assertEqual(["scheduled"] * 2, self.states())

    def test_reason_is_stored(self):
        self.patch(state="paused", filters={"scope_id": "a"}, reason="wait")
        task = self.app.get(f"{URL}/{self.tasks()[0].id}").json
        self.assertEqual("wait", task["events"][-1]["why"])

    def test_without_a_filter(self):
        for body in ({}, {"filters": {}}):
            self.refuse(
                error_codes.ARGUMENT_MISSING,
                "state, scope_id, batch_id, reason",
                state="cancelled",
                **body,
            )

    def test_invalid_bodies(self):
        invalid = error_codes.ARGUMENT_INVALID
        fine = {"state": "cancelled", "filters": {"scope_id": "a"}}
        self.refuse(error_codes.ARGUMENT_MISSING, filters={"scope_id": "a"})
        self.refuse(invalid, **{**fine, "state": "running"})
        self.refuse(invalid, **{**fine, "dry_run": "maybe"})
        self.refuse(invalid, **{**fine, "dry_run": None})
        self.refuse(invalid, **{**fine, "reason": "x" * 4001})
        self.refuse(error_codes.ARGUMENT_UNKNOWN, **fine, limit=5)
        for filters in (None, [], "all", 5):
            self.refuse(
                invalid, "an object", state="cancelled", filters=filters
            )
        for name in ("state", "scope_id", "batch_id"):
            for value in (None, [], "", [""], {}, 5, [5], "\0", ["\ud800"]):
                self.refuse(invalid, state="cancelled", filters={name: value})
        self.refuse(
            invalid, "scheduled", state="cancelled", filters={"state": "gone"}
        )
        for value in (None, "", " ", 5, ["a"]):
            self.refuse(invalid, state="cancelled", filters={"reason": value})
        self.refuse(
            error_codes.ARGUMENT_UNKNOWN,
            "batch_id",
            state="cancelled",
            filters={"scope_id": "a", "mode": "preview"},
        )

    def test_query(self):
        body = {"state": "cancelled", "filters": {"scope_id": "a"}}
        self.app.patch_json(f"{URL}?state=failed", body, status=400)
        self.assertEqual(["scheduled"] * 2, self.states())


class TestPersonas(case.TaskCase):
    auth_strategy = "keystone"

    def test_only_administrators_have_access(self):
        self.post(headers=ADMIN)
        body = {"state": "cancelled", "filters": {"scope_id": "a"}}
        self.app.patch_json(URL, body, headers=MEMBER, status=403)
        self.assertEqual("scheduled", self.tasks()[0].state)
        self.app.patch_json(URL, body, headers=ADMIN)
        self.assertEqual("cancelled", self.tasks()[0].state)
