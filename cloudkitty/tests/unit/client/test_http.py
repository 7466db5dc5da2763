# SPDX-License-Identifier: Apache-2.0
"""The wire, with a server that a test scripts."""

import json

from keystoneauth1 import noauth
from keystoneauth1 import session
from osc_lib import exceptions

from cloudkitty.client import batches
from cloudkitty.client import http
from cloudkitty.client import tasks
from cloudkitty.common import periods
from cloudkitty.tests import base
from cloudkitty.tests import http_stub
from cloudkitty.tests.fakes import rating_api

Answer = http_stub.Answer


class WireCase(base.TestCase):
    def connect(self, *answers):
        self.server = self.useFixture(http_stub.StubServer(*answers))
        auth = noauth.NoAuth(endpoint=self.server.url)
        return http.connect(session.Session(auth=auth))

    def bodies(self):
        return [json.loads(each.body) for each in self.server.requests]


class TestErrors(WireCase):
    def refuse(self, answer):
        api = self.connect(answer)
        return str(self.assertRaises(http.ApiError, api.get, "/v2/task/7"))

    def test_the_message_of_the_api(self):
        body = {"message": "no task 7", "errors": [{"code": "rating.x"}]}
        api = self.connect(Answer(body, 404))
        error = self.assertRaises(http.ApiError, api.get, "/v2/task/7")
        self.assertEqual("no task 7 (HTTP 404)", str(error))
        self.assertEqual("rating.x", error.code)

    def test_the_message_of_keystonemiddleware(self):
        body = {"error": {"code": 401, "message": "log in"}}
        self.assertEqual("log in (HTTP 401)", self.refuse(Answer(body, 401)))

    def test_other_bodies(self):
        for body in ("<html>", "", [], {"message": None}, {"errors": [5]}):
            self.assertEqual(
                "Bad Gateway (HTTP 502)", self.refuse(Answer(body, 502))
            )

    def test_no_json(self):
        self.assertIn("not JSON", self.refuse(Answer("<html>", 200)))

    def test_no_server(self):
        api = self.connect(Answer("", fault="reset"))
        error = self.assertRaises(http.Unreachable, api.get, "/v2/task/7")
        self.assertNotIn("Traceback", str(error))

    def test_a_request_that_is_not_repeated(self):
        api = self.connect(Answer("", fault="reset"), Answer({}))
        self.assertRaises(
            http.Unreachable, api.post, "/", {}, {}, repeat=False
        )
        self.assertEqual(1, len(self.server.requests))
        api.post("/", {}, {})

    def test_a_segment_is_encoded(self):
        self.assertEqual("a%2Fb%3Fc", http.segment("a/b?c"))


class TestTasks(WireCase):
    new = tasks.NewTasks(
        scope_ids=["a,b", "c"],
        window=periods.Window(
            base.utc("2026-11-01T00:00"), base.utc("2026-11-02T00:00")
        ),
        period_seconds=3600,
        reason="why",
        metrics=None,
        mode="reprocess",
        allow_empty=False,
        key=None,
    )

    def test_creation_without_a_location(self):
        api = self.connect(Answer({}))
        error = self.assertRaises(
            exceptions.CommandError, tasks.create, api, self.new
        )
        self.assertIn("the tasks are created", str(error))
        self.assertEqual(
            [
                {
                    "scope_ids": ["a,b", "c"],
                    "start_reprocess_time": "2026-11-01T00:00:00+00:00",
                    "end_reprocess_time": "2026-11-01T23:00:00+00:00",
                    "reason": "why",
                }
            ],
            self.bodies(),
        )

    def test_a_repetition_has_the_same_key(self):
        api = self.connect(Answer("", fault="reset"), Answer({}))
        self.assertRaises(exceptions.CommandError, tasks.create, api, self.new)
        first, second = self.server.requests
        self.assertEqual(first.body, second.body)
        keys = {each.headers["Idempotency-Key"] for each in (first, second)}
        self.assertEqual(1, len(keys))
        self.assertNotIn(None, keys)

    def test_pages(self):
        link = "http://elsewhere/v2/task/reprocesses?limit=2&marker=8&state=x"
        full = rating_api.page({"id": 9}, {"id": 8})
        full["links"] = [{"rel": "next", "href": link}]
        api = self.connect(Answer(full), Answer(rating_api.page({"id": 7})))
        found = tasks.listed(api, [("state", "x"), ("scope_ids", "a&b")])
        self.assertEqual([9, 8, 7], [task["id"] for task in found])
        first, second = self.server.requests
        self.assertEqual("a&b", first.parameters["scope_ids"])
        self.assertEqual("8", second.parameters["marker"])

    def test_a_limit(self):
        api = self.connect(Answer(rating_api.page({"id": 9}, {"id": 8})))
        self.assertEqual([{"id": 9}], list(tasks.listed(api, [], limit=1)))
        self.assertEqual("1", self.server.requests[0].parameters["limit"])

    def test_the_period(self):
        api = self.connect(Answer(rating_api.page({"period_seconds": 60})))
        self.assertEqual(60, tasks.period_seconds(api))
        for page in (rating_api.page(), rating_api.page(rating_api.task())):
            api = self.connect(Answer(page))
            self.assertEqual(3600, tasks.period_seconds(api))


class TestBatches(WireCase):
    def test_pages(self):
        api = self.connect(
            Answer({"batches": [{"batch_id": "a"}], "total": 2}),
            Answer({"batches": [{"batch_id": "b"}], "total": 2}),
        )
        found = batches.listed(api, [("state", "failed")], None, 0)
        self.assertEqual(["a", "b"], [each["batch_id"] for each in found])
        first, second = self.server.requests
        self.assertEqual("/v2/task/batches", first.path)
        self.assertEqual("0", first.parameters["offset"])
        self.assertEqual("1", second.parameters["offset"])
        self.assertEqual("failed", second.parameters["state"])

    def test_a_limit(self):
        api = self.connect(
            Answer({"batches": [{"batch_id": "a"}], "total": 5}),
        )
        self.assertEqual(1, len(list(batches.listed(api, [], 1, 3))))
        [request] = self.server.requests
        self.assertEqual(
            {"limit": "1", "offset": "3"}, dict(request.parameters)
        )

    def test_changes_of_many(self):
        counted = {"matched": 3, "changed": 0, "dry_run": True}
        api = self.connect(Answer(counted))
        got = batches.change_matching(
            api, {"state": ["failed"]}, "scheduled", "again", True
        )
        self.assertEqual(counted, got)
        self.assertEqual(
            [
                {
                    "state": "scheduled",
                    "filters": {"state": ["failed"]},
                    "dry_run": True,
                    "reason": "again",
                }
            ],
            self.bodies(),
        )
        self.assertEqual("PATCH", self.server.requests[0].method)
