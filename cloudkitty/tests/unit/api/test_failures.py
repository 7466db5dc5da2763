# SPDX-License-Identifier: Apache-2.0
"""Failures of services and defects of the API."""

import decimal
import json

from cloudkitty.api import error_codes
from cloudkitty.db import facade
from cloudkitty.storage import base as storage_base
from cloudkitty.tests import base
from cloudkitty.tests.fakes import api
from cloudkitty.tests.fakes import storage as fake_storage


class Broken(fake_storage.FakeStorage):
    """Fails all readers with ``cause``."""

    cause: Exception = storage_base.StorageError("host=secret")

    def total(self, query, groupby=()):
        raise self.cause


class TestFailures(base.TestCase):
    def serve(self, storage_class=fake_storage.FakeStorage, **options):
        conf = self.make_conf(default={"auth_strategy": "noauth"}, **options)
        return api.make_app(self, conf=conf, storage=storage_class(conf))

    def code(self, answer):
        self.assertNotIn("secret", answer.text)
        [error] = answer.json["errors"]
        self.assertEqual(
            answer.headers["x-openstack-request-id"], error["request_id"]
        )
        return error["code"]

    def test_storage_unavailable(self):
        served = self.serve(Broken)
        with self.assertLogs("cloudkitty", "INFO") as logged:
            answer = served.get("/v2/summary", status=503)
        self.assertEqual(error_codes.SERVICE_UNAVAILABLE, self.code(answer))
        [line] = logged.records
        self.assertEqual(
            ("WARNING", None), (line.levelname, line.exc_info), line
        )
        self.assertNotIn("secret", line.getMessage())

    def test_database_unavailable(self):
        conf = self.make_conf(
            default={"auth_strategy": "noauth"},
            database={
                "connection": f"sqlite:///{self.make_folder()}/none/x",
                "max_retries": 0,
            },
        )
        served = api.make_app(
            self,
            conf=conf,
            database=facade.Database(conf),
            storage=fake_storage.FakeStorage(conf),
        )
        answer = served.get("/v2/scope", status=503)
        self.assertEqual(error_codes.SERVICE_UNAVAILABLE, self.code(answer))

    def test_defect(self):
        class Defective(Broken):
            cause = KeyError("secret")

        served = self.serve(Defective)
        with self.assertLogs("cloudkitty", "INFO") as logged:
            answer = served.get("/v2/summary", status=500)
        [line] = logged.records
        self.assertEqual("ERROR", line.levelname)
        self.assertTrue(line.exc_info)
        self.assertEqual(error_codes.SERVER_FAILED, self.code(answer))

    def test_defect_with_debug(self):
        class Defective(Broken):
            cause = decimal.InvalidOperation("look here")

        served = self.serve(Defective, api={"pecan_debug": True})
        answer = served.get("/v2/summary", status=500)
        self.assertIn("look here", answer.text)
        # Errors of the caller are not affected.
        answer = served.get("/v2/summary?x=1", status=400)
        self.assertEqual(
            error_codes.ARGUMENT_UNKNOWN,
            json.loads(answer.body)["errors"][0]["code"],
        )
