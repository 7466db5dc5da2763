# SPDX-License-Identifier: Apache-2.0
"""Requests that fail, and answers that are malformed."""

import time
import urllib.parse

from cloudkitty.common import exceptions
from cloudkitty.storage.v2.opensearch import server as servers
from cloudkitty.tests.unit.storage.opensearch import case

SUMS = case.found(qty={"value": 1}, price={"value": 2}, total=3)


class TestServer(case.StubCase):
    """Errors of the server and of the connection."""

    def test_rejected_credentials(self):
        for status in (401, 403):
            host = self.stub.url.replace("://", "://me:secret@")
            storage = self.make(case.error(status), host=host)
            text = self.failure(self.total, storage)
            self.assertIn(f"rejected the credentials ({status})", text)
            self.assertNotIn("secret", text)
            self.assertEqual(1, len(self.stub.requests))

    def test_credentials_of_the_options_are_sent_with_each_request(self):
        storage = self.make(
            case.mapping(),
            case.newest(),
            case.items(201),
            case.REFRESHED,
            case.counts(own=1),
            username="me",
            password="secret",
        )
        self.replace(storage, points=1)
        self.assertEqual(
            {"Basic bWU6c2VjcmV0"},
            {r.authorization for r in self.stub.requests},
        )
        self.assertEqual(5, len(self.stub.requests))

    def test_temporary_errors_are_retried(self):
        for status in (429, 502, 503, 504):
            storage = self.make(case.error(status), case.mapping(), SUMS)
            [row] = self.total(storage).rows
            self.assertEqual((1, 2, 3), (row.qty, row.rate, row.points))
        storage = self.make(
            case.Answer("", fault="reset"), case.mapping(), SUMS
        )
        self.assertEqual(1, self.total(storage).total)

    def test_an_error_that_stays(self):
        storage = self.make(case.error(503, "no_master"))
        self.assertIn("no_master", self.failure(self.total, storage))
        self.assertEqual(servers.ATTEMPTS, len(self.stub.requests))

    def test_other_errors_are_not_retried(self):
        for status in (400, 404, 500):
            storage = self.make(case.error(status))
            self.failure(self.total, storage)
            self.assertEqual(1, len(self.stub.requests))

    def test_malformed_answers(self):
        for body in ("", "x", "[]", "null", "[" * 100_000, {"a": 1}):
            storage = self.make(case.Answer(body))
            self.failure(self.total, storage)
        for body in (
            {},
            {"_shards": 1},
            {"_shards": {}},
            {"_shards": case.SHARDS},
            {"_shards": case.SHARDS, "hits": {"total": {}}},
            {"_shards": case.SHARDS, "hits": {"total": "many"}},
            {"_shards": case.SHARDS, "hits": {"total": 1}},
            case.found(total=1, qty={"value": "x"}, price={}).body,
            case.found(total=1, qty={"value": None}, price={"value": 1}).body,
        ):
            storage = self.make(case.mapping(), case.Answer(body))
            self.failure(self.total, storage)

    def test_answers_without_some_shards(self):
        for shards in (
            {"total": 2, "successful": 1, "failed": 1},
            {"total": 2, "successful": 1, "failed": 0},
        ):
            body = {**SUMS.body, "_shards": shards}
            storage = self.make(case.mapping(), case.Answer(body))
            self.assertIn("shards", self.failure(self.total, storage))
        late = {**SUMS.body, "timed_out": True}
        storage = self.make(case.mapping(), case.Answer(late))
        self.failure(self.total, storage)

    def test_a_server_that_does_not_answer(self):
        storage = self.make(case.Answer("", fault="stall"), timeout=0.3)
        begun = time.monotonic()
        self.assertIn("did not answer", self.failure(self.total, storage))
        self.assertLess(time.monotonic() - begun, 20)

    def test_no_server(self):
        storage = self.make(case.Answer(""), host="http://127.0.0.1:1")
        self.assertIn("cannot be reached", self.failure(self.total, storage))

    def test_large_answers(self):
        storage = self.make(
            case.Answer("", fault="bomb"), max_response_size=1 << 20
        )
        self.assertIn("max_response_size", self.failure(self.total, storage))

    def test_redirects_are_not_followed(self):
        storage = self.make(case.Answer("", fault="redirect"))
        text = self.failure(self.total, storage)
        self.assertIn("169.254.169.254", text)
        self.assertNotIn("secret", text)
        self.assertEqual(1, len(self.stub.requests))

    def test_invalid_options(self):
        for options in (
            {"host": "localhost:9200"},
            {"host": "ftp://me:secret@x"},
            {"host": "http://"},
        ):
            raised = self.assertRaises(
                exceptions.InvalidConfiguration,
                self.make,
                case.Answer(""),
                **options,
            )
            self.assertIn("[storage_opensearch] host", str(raised))
            self.assertNotIn("secret", str(raised))

    def test_the_name_of_the_index_is_data(self):
        storage = self.make(case.error(404), index_name="a/b?c *")
        self.failure(self.total, storage)
        [request] = self.stub.requests
        self.assertEqual(
            "/a/b?c */_mapping", urllib.parse.unquote(request.path)
        )
        self.assertEqual({}, request.parameters)


class TestDescribe(case.StubCase):
    """The words for an error of the server."""

    def test_values_of_tenants_are_not_shown(self):
        for reason in (
            "failed to parse field [metadata.n] of type [long] in document "
            "with id 'x'. Preview of field's value: 'private'",
            "failed to parse field [metadata.n] of type [long]. Preview of "
            "field's value: 'private'",
        ):
            text = servers.describe(
                {
                    "type": "mapper_parsing_exception",
                    "reason": reason,
                    "caused_by": {"type": "x", "reason": "For: 'private'"},
                }
            )
            self.assertEqual(
                "mapper_parsing_exception: failed to parse field "
                "[metadata.n] of type [long]",
                text,
            )

    def test_errors_without_the_usual_form(self):
        for error in (None, "text", [], 5):
            self.assertEqual("unknown error", servers.describe(error))
