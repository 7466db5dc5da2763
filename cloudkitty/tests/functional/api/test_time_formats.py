# SPDX-License-Identifier: Apache-2.0
"""A time in ISO 8601 basic format is the same as in extended format."""

import webtest

from cloudkitty.api import error_codes
from cloudkitty.tests import base
from cloudkitty.tests.fakes import api
from cloudkitty.tests.fakes import rpc as fake_rpc
from cloudkitty.tests.functional.api import data

MODULES = "/v1/rating/module_config"
READERS = (
    "/v1/report/total",
    "/v1/report/summary",
    "/v1/report/tenants",
    "/v1/storage/dataframes",
    "/v2/summary",
    "/v2/dataframes",
)
#: One instant each, as clients spell it.
SPELLINGS = (
    ("2026-11-01T01:00:00+00:00", "20261101T010000Z"),
    ("2026-11-01 01:00:00", "20261101T010000"),
    ("2026-11-01T01:00:00Z", "20261101T0300+0200"),
    ("2026-11-02", "20261102"),
)
NO_TIMES = ("20261301", "20261101T25Z", "20261101010000", "1793491200")


class TestBasicFormat(base.TestCase):
    def setUp(self):
        super().setUp()
        self.rpc = fake_rpc.FakeRpc()
        services = api.make_services(self, rpc=self.rpc)
        data.fill(services)
        self.app = webtest.TestApp(api.wsgi_of(services))

    def refuse(self, answer):
        self.assertEqual(400, answer.status_int)
        self.assertEqual(
            error_codes.TIME_INVALID, answer.json["errors"][0]["code"]
        )

    def test_windows(self):
        for path in READERS:
            for extended, basic in SPELLINGS:
                for name in ("begin", "end"):
                    one, other = (
                        self.app.get(
                            path, {name: text}, expect_errors=True
                        ).body
                        for text in (extended, basic)
                    )
                    if b"request_id" not in one:
                        self.assertEqual(one, other)
            for text in NO_TIMES:
                self.refuse(
                    self.app.get(path, {"begin": text}, expect_errors=True)
                )

    def test_scopes(self):
        made = self.app.post_json(
            "/v2/scope",
            {
                "scope_id": "new",
                "scope_key": "project_id",
                "last_processed_timestamp": "20261101T010000Z",
            },
        )
        self.assertEqual(
            "2026-11-01T01:00:00+00:00", made.json["last_processed_timestamp"]
        )
        body = {"scope_id": "project-1"}
        for text in NO_TIMES:
            body["last_processed_timestamp"] = text
            self.refuse(
                self.app.put_json("/v2/scope", body, expect_errors=True)
            )
        body["last_processed_timestamp"] = "20261101T020000+0100"
        self.app.put_json("/v2/scope", body, status=202)
        [(_, at)] = self.rpc.resets
        self.assertEqual(base.utc("2026-11-01T01:00"), at)

    def test_tasks(self):
        body = {
            "scope_ids": ["project-1"],
            "reason": "test",
            "start_reprocess_time": "20261101",
            "end_reprocess_time": "20261101T010000Z",
        }
        self.app.post_json("/v2/task/reprocesses", body)
        [task] = self.app.get("/v2/task/reprocesses").json
        self.assertEqual(
            ("2026-11-01 00:00:00+00:00", "2026-11-01 01:00:00+00:00"),
            (task["start_reprocess_time"], task["end_reprocess_time"]),
        )
        body["end_reprocess_time"] = 20261101
        self.refuse(
            self.app.post_json(
                "/v2/task/reprocesses", body, expect_errors=True
            )
        )

    def test_points(self):
        frame = {
            "period": {"begin": "20261201T000000Z", "end": "20261201T01"},
            "usage": {
                "cpu": [
                    {
                        "vol": {"unit": "", "qty": 1},
                        "groupby": {"project_id": "project-1"},
                        "metadata": {},
                    }
                ]
            },
        }
        self.app.post_json("/v2/dataframes", {"dataframes": [frame]})
        got = self.app.get("/v2/dataframes?begin=20261201&end=20270101")
        self.assertEqual(
            {
                "begin": "2026-12-01T00:00:00+00:00",
                "end": "2026-12-01T01:00:00+00:00",
            },
            got.json["dataframes"][0]["period"],
        )

    def test_validity(self):
        service = self.app.post_json(
            f"{MODULES}/hashmap/services", {"name": "cpu"}
        ).json["service_id"]
        for url, body in (
            (
                f"{MODULES}/hashmap/mappings",
                {"service_id": service, "cost": "1"},
            ),
            (f"{MODULES}/pyscripts/scripts", {"name": "a", "data": ""}),
        ):
            times = {"start": "20270101T000000Z", "end": "20270131"}
            made = self.app.post_json(url, {**body, **times}, status=201)
            self.assertEqual(
                ("2027-01-01T00:00:00", "2027-01-31T23:59:59"),
                (made.json["start"], made.json["end"]),
            )
            found = self.app.get(f"{url}?start=20270101&end=20270201").json
            self.assertEqual(1, len(next(iter(found.values()))))
            for text in (*NO_TIMES, 20270101):
                self.refuse(
                    self.app.post_json(
                        url, {**body, "end": text}, expect_errors=True
                    )
                )
