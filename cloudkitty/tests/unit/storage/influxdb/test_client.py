# SPDX-License-Identifier: Apache-2.0
"""Answers of a server that is broken, busy or not an InfluxDB."""

import json
import urllib.parse

from cloudkitty.common import exceptions
from cloudkitty.storage import base as storage_base
from cloudkitty.storage.v2 import influxdb as driver
from cloudkitty.storage.v2.influxdb import answers
from cloudkitty.tests import base
from cloudkitty.tests import http_stub
from cloudkitty.tests import new_scopes
from cloudkitty.tests.contract.storage import usage

QUERY = storage_base.Query(window=usage.hours(0, 1))
EMPTY = {"results": [{"statement_id": 0}]}


def result(columns=("time", "qty"), values=((0, 1),), **fields):
    """Return an answer with one series."""
    series = {
        "name": "dataframes",
        "tags": {"type": "cpu"},
        "columns": list(columns),
        "values": [list(row) for row in values],
    }
    return {"results": [{"statement_id": 0, "series": [series], **fields}]}


class StubCase(base.TestCase):
    def setUp(self):
        super().setUp()
        self.stub = self.useFixture(
            http_stub.StubServer(http_stub.Answer(EMPTY))
        )
        self.storage = self.make()

    def make(self, **options):
        port = urllib.parse.urlsplit(self.stub.url).port
        values = {
            "host": "127.0.0.1",
            "port": port,
            "database": "ck",
            "username": "me",
            "password": "s3cret",
            "timeout": 0.5,
            **options,
        }
        return driver.InfluxDBStorage(
            self.make_conf(storage_influxdb=values), None
        )

    def script(self, *bodies, **fields):
        self.stub.script(
            *(http_stub.Answer(body, **fields) for body in bodies)
        )

    def refused(self, call, *args):
        error = self.assertRaises(storage_base.StorageError, call, *args)
        for secret in ("s3cret", "GiB", "http://", "p1"):
            self.assertNotIn(secret, str(error))
        return str(error)

    def replace(self):
        self.storage.replace(
            new_scopes.make("p1"), usage.hours(0, 1), usage.frames(0, 1)
        )


class TestReading(StubCase):
    def test_malformed_answers(self):
        for body in (
            "",
            "no JSON",
            "[]",
            "3",
            "{}",
            {"results": 3},
            {"results": [3]},
            {"results": [{"statement_id": 0, "series": 3}]},
            {"results": [{"statement_id": 0, "series": [{}]}]},
            result(partial=True),
            json.dumps(result(partial=True)) + "\n" + '{"results',
        ):
            self.script(EMPTY, body)
            self.assertIn(
                "malformed", self.refused(self.storage.total, QUERY), body
            )

    def test_rows_that_are_no_points(self):
        for body in (
            result(columns=("qty", "x")),
            result(columns=()),
            result(values=[["x", 1]]),
            result(values=[[0]]),
            result(values=[[0, "x"]]),
            result(values=[[0, True]]),
            result(values=[[None, 1]]),
            result(values=[[1 << 80, 1]]),
            result(columns=("time", "qty", "__ck_qty"), values=[[0, 1, "x"]]),
            result(columns=("time", "__ck_collect_period"), values=[[0, "x"]]),
            result(columns=("time", "groupby"), values=[[0, 3]]),
        ):
            for call in (
                lambda: self.storage.retrieve(QUERY),
                lambda: self.storage.total(QUERY, ["time"]),
            ):
                self.script(EMPTY, body)
                try:
                    call()
                except storage_base.StorageError as error:
                    self.assertNotIn("s3cret", str(error))

    def test_errors_of_statements(self):
        for text, expected in (
            ("database not found: ck", "CREATE DATABASE"),
            ("retention policy not found: x", "retention_policy"),
            ("timeout", "refused the request: timeout"),
            ("bad 's3cret' p1", "refused the request: bad"),
            (None, "refused the request"),
        ):
            for body in (
                {"error": text},
                {"results": [{"statement_id": 0, "error": text}]},
            ):
                self.script(EMPTY, body)
                self.assertIn(
                    expected, self.refused(self.storage.total, QUERY)
                )

    def test_faults_of_the_transport(self):
        for fault, expected in (
            ("stall", "did not answer"),
            ("reset", "influxdb at 127.0.0.1"),
            ("drip", "did not complete its answer"),
            ("redirect", "redirect to 169.254.169.254"),
        ):
            self.stub.script(http_stub.Answer(EMPTY, fault=fault))
            self.assertIn(expected, self.refused(self.storage.total, QUERY))

    def test_statuses(self):
        for status, expected in (
            (401, "username and password"),
            (403, "username and password"),
            (500, "HTTP 500"),
            (503, "HTTP 503"),
            (400, "refused the request: malformed"),
        ):
            self.script({"error": "malformed 'GiB' p1"}, status=status)
            self.assertIn(expected, self.refused(self.storage.total, QUERY))
            self.assertIn(expected, self.refused(self.replace))

    def test_credentials_are_sent_in_a_header(self):
        self.storage.total(QUERY)
        for request in self.stub.requests:
            self.assertTrue(request.authorization.startswith("Basic "))
            self.assertNotIn("s3cret", request.body)
            self.assertEqual({}, request.parameters)

    def test_lines_that_are_too_long(self):
        self.patch(answers, "LONGEST_LINE", 1000)
        pieces = iter([b"x" * 600, b"x" * 600])
        self.assertRaises(answers.Malformed, list, answers.read(pieces))


class TestWriting(StubCase):
    def answer_write(self, status, error):
        """Let the third request, the write, fail."""
        self.stub.requests.clear()
        self.stub.script(
            http_stub.Answer(EMPTY),
            http_stub.Answer(EMPTY),
            http_stub.Answer({"error": error}, status),
        )

    def test_partial_writes(self):
        for error, expected in (
            (
                "partial write: points beyond retention policy dropped=1",
                "older than the retention policy",
            ),
            ("partial write: max-values-per-tag limit", "max-values-per-tag"),
            ("partial write: unable to parse 'p1'", "unable to parse"),
            ("database not found: ck", "CREATE DATABASE"),
        ):
            self.answer_write(400, error)
            self.assertIn(expected, self.refused(self.replace))
            # Nothing is deleted after a write that failed.
            self.assertEqual("/write", self.stub.requests[-1].path)

    def test_a_field_type_conflict_is_tried_once_more(self):
        conflict = 'partial write: field type conflict: input field "GiB"'
        self.answer_write(400, conflict)
        self.assertIn("field type conflict", self.refused(self.replace))
        self.stub.requests.clear()
        self.stub.script(
            *([http_stub.Answer(EMPTY)] * 2),
            http_stub.Answer({"error": conflict}, 400),
            *([http_stub.Answer(EMPTY)] * 3),
        )
        self.replace()
        self.assertEqual(
            ["/query", "/query", "/write"] * 2,
            [request.path for request in self.stub.requests],
        )

    def test_writes_name_database_and_policy(self):
        self.storage = self.make(retention_policy="a&b")
        self.replace()
        self.assertEqual(
            {"db": "ck", "rp": "a&b"}, self.stub.requests[-1].parameters
        )
        for request in self.stub.requests[:-1]:
            self.assertIn(
                '"a&b"."dataframes"', urllib.parse.unquote_plus(request.body)
            )

    def test_batches_of_500_points(self):
        points = [usage.point(groupby={"id": f"{n}"}) for n in range(1001)]
        fences = []
        self.storage.replace(
            new_scopes.make("p1"),
            usage.hours(0, 1),
            [usage.frame(0, cpu=points)],
            fence=lambda: fences.append(len(self.stub.requests)),
        )
        writes = [r for r in self.stub.requests if r.path == "/write"]
        self.assertEqual(
            [500, 500, 1], [len(r.body.splitlines()) for r in writes]
        )
        self.assertEqual([2, 3, 4], fences)


class TestOptions(StubCase):
    def test_invalid_options(self):
        for options, expected in (
            ({"version": 2}, "version = 2 is not supported yet"),
            ({"database": None}, "database is not set"),
            ({"host": "a b/[c"}, "[storage_influxdb] host"),
        ):
            error = self.assertRaises(
                exceptions.InvalidConfiguration, self.make, **options
            )
            self.assertIn(expected, str(error))
            self.assertNotIn("s3cret", str(error))

    def policies(self, *rows):
        columns = ("name", "duration", "default")
        return result(columns, rows)

    def test_missing_databases_and_policies(self):
        missing = {"error": "database not found: ck"}
        for body, expected in (
            (missing, 'CREATE DATABASE "ck"'),
            (self.policies(), "CREATE RETENTION POLICY"),
            (self.policies(["x", "0s", True]), "CREATE RETENTION POLICY"),
        ):
            for call in (self.storage.check, self.storage.init):
                self.script(body)
                error = self.assertRaises(
                    exceptions.InvalidConfiguration, call
                )
                self.assertIn(expected, str(error))
        self.script(self.policies(["autogen", "0s", True]))
        self.storage.check()
        self.script(result(("name",), [["autogen"]]))
        self.refused(self.storage.check)

    def test_an_https_url(self):
        self.storage = self.make(
            use_ssl=True, insecure=True, cafile="/none", timeout=30
        )
        self.assertIn("TLS", self.refused(self.storage.total, QUERY))
