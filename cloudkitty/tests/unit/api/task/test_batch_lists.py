# SPDX-License-Identifier: Apache-2.0
"""``GET /v2/task/batches``."""

import sqlalchemy as sa

from cloudkitty.api import error_codes
from cloudkitty.db.tasks import models as task_models
from cloudkitty.tests.fakes import api as fake_api
from cloudkitty.tests.unit.api.task import case
from cloudkitty.tests.unit.api.task import test_batches
from cloudkitty.tests.unit.api.task import test_read

URL = "/v2/task/batches"
ADMIN = fake_api.persona("admin")
MEMBER = fake_api.persona("member", "reader")


class TestBatches(test_batches.BatchCase):
    def get(self, query="", status=200):
        return self.app.get(f"{URL}?{query}", status=status).json

    def names(self, query):
        return [batch["batch_id"] for batch in self.get(query)["batches"]]

    def refuse(self, code, query, *words):
        answer = self.get(query, status=400)
        self.assertEqual(code, answer["errors"][0]["code"], query)
        for word in ("send", *words):
            self.assertIn(word, answer["message"])

    def test_sample(self):
        self.fill()
        told = test_read.sample("batches-get-response")
        self.assertEqual(test_read.kinds(told), test_read.kinds(self.get()))

    def test_items_are_those_of_one_batch(self):
        self.fill()
        [listed] = self.get()["batches"]
        shown = self.app.get(self.url).json
        self.assertEqual(listed, {key: shown[key] for key in listed})
        self.assertEqual({"failing", "metrics"}, set(shown) - set(listed))

    def test_request(self):
        self.post(
            scope_ids="a", mode="preview", metrics=["cpu"], allow_empty=True
        )
        listed = self.get()["batches"]
        self.assertEqual(
            [(["a"], ["cpu"], True), (["a", "b"], None, False)],
            [
                (
                    batch["first_scope_ids"],
                    batch["selected_metrics"],
                    batch["allow_empty"],
                )
                for batch in listed
            ],
        )

    def test_nothing(self):
        with self.database.writer() as session:
            session.execute(sa.delete(task_models.TaskEvent))
            session.execute(sa.delete(task_models.Reprocess))
        self.assertEqual({"batches": [], "total": 0}, self.get())

    def test_pages(self):
        self.post(scope_ids="a", mode="preview", reason="second")
        newest, oldest = self.names("")
        answer = self.app.get(f"{URL}?limit=1")
        self.assertEqual(2, answer.json["total"])
        self.assertEqual(newest, answer.json["batches"][0]["batch_id"])
        link = answer.headers["Link"].split(">")[0].removeprefix("<")
        answer = self.app.get(link)
        self.assertEqual(oldest, answer.json["batches"][0]["batch_id"])
        self.assertNotIn("Link", answer.headers)

    def test_filters(self):
        self.post(scope_ids="a", mode="preview", reason="second, third")
        newest, oldest = self.names("")
        for expected, query in (
            ([newest, oldest], "scope_id=a,b&state=scheduled,failed"),
            ([newest, oldest], "scope_id=x&scope_id=a"),
            ([oldest], "scope_id=b"),
            ([], "state=failed"),
            ([newest], "reason=second, third"),
            ([newest, oldest], "reason_contains=E"),
            ([newest], "reason_contains=SECOND"),
            ([], "reason_contains=_"),
            ([newest], "mode=preview"),
            ([], "created_by=ann"),
            ([newest, oldest], "created_after=2026-11-22T12:30"),
            ([], "created_after=2026-11-22T12:31"),
            ([], "created_before=2026-11-22T12:29"),
            ([newest, oldest], "begin=2021-06-01T23:59&end=2021-06-02"),
            ([], "begin=2021-06-02"),
            ([], "end=2021-06-01"),
        ):
            self.assertEqual(expected, self.names(query), query)

    def test_invalid_queries(self):
        for query, *words in (
            ("state=gone", "scheduled"),
            ("scope_id=",),
            ("reason=",),
            ("reason_contains=",),
            ("mode=x", "preview"),
            ("reason=a&reason=b", "once"),
            ("created_by=%00",),
            ("begin=monday", "ISO 8601"),
            ("created_before=2026",),
            ("begin=2021-06-02&end=2021-06-02", "later time"),
            ("limit=0",),
            ("offset=-1",),
            ("marker=7", "created_after"),
        ):
            code = {
                "reason=a&reason=b": error_codes.ARGUMENT_REPEATED,
                "begin=monday": error_codes.TIME_INVALID,
                "created_before=2026": error_codes.TIME_INVALID,
                "marker=7": error_codes.ARGUMENT_UNKNOWN,
            }.get(query, error_codes.ARGUMENT_INVALID)
            self.refuse(code, query, *words)


class TestPersonas(case.TaskCase):
    auth_strategy = "keystone"

    def test_only_administrators_have_access(self):
        self.app.get(URL, headers=MEMBER, status=403)
        self.app.get(URL, headers=ADMIN)
