# SPDX-License-Identifier: Apache-2.0
import webtest

from cloudkitty.api import app
from cloudkitty.api import error_codes
from cloudkitty.api import errors
from cloudkitty.api import middleware
from cloudkitty.api.request import body
from cloudkitty.tests import base
from cloudkitty.tests.fakes import api

URL = "/v2/task/reprocesses"


class TestParse(base.TestCase):
    def test_json(self):
        self.assertEqual(
            {"a": [1, 2.5, None, True, "é"]},
            body.parse('{"a": [1, 2.5, null, true, "é"]}'.encode()),
        )

    def test_invalid_json(self):
        for raw in (
            b"",
            b"{",
            b"{'a': 1}",
            b"{} {}",
            b"\xff",
            '{"a": 1}'.encode("utf-16"),
            b'\xef\xbb\xbf{"a": 1}',
            b'{"a": NaN}',
            b'{"a": Infinity}',
            b'{"a": 1e400}',
            b'{"a": -1e400}',
            b'{"a": ' + b"9" * 5000 + b"}",
            b'{"a": 1, "a": 2}',
            b'{"b": {"a": 1, "a": 2}}',
            b"[" * 100_000,
            b'{"a":' * 50_000,
        ):
            error = self.assertRaises(errors.BadRequest, body.parse, raw)
            self.assertEqual(error_codes.BODY_INVALID, error.code)
            self.assertIn("send", error.detail)


class TestRead(base.TestCase):
    """Requests to an endpoint that reads a body."""

    def setUp(self):
        super().setUp()
        self.app = api.make_app(self)

    def post(self, raw, status, code, **headers):
        headers = {"Content-Type": "application/json"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        answer = self.app.post(URL, raw, headers=headers, status=status)
        self.assertEqual(code, answer.json["errors"][0]["code"])
        return answer

    def test_body_must_be_an_object(self):
        for raw in (b"[]", b'"a"', b"1", b"null", b"true", b""):
            self.post(raw, 400, error_codes.BODY_INVALID)

    def test_keys(self):
        self.post(b'{"foo": 1}', 400, error_codes.ARGUMENT_UNKNOWN)
        self.post(b'{"\\ud800": 1}', 400, error_codes.ARGUMENT_UNKNOWN)
        self.post(b"{}", 400, error_codes.ARGUMENT_MISSING)

    def test_type_must_be_json(self):
        for kind in ("", "text/plain", "application/jsonx", "no type"):
            self.post(
                b"{}",
                415,
                error_codes.BODY_TYPE_UNSUPPORTED,
                Content_Type=kind,
            )
        for kind in ("application/json; charset=utf-8", "Application/JSON"):
            self.post(
                b"{}", 400, error_codes.ARGUMENT_MISSING, Content_Type=kind
            )

    def test_too_large(self):
        self.post(b" " * 114_689, 413, error_codes.BODY_TOO_LARGE)

    def test_too_large_for_a_pipeline_without_a_limit(self):
        services = api.make_services(self)
        self.app = webtest.TestApp(
            middleware.Outermost(app.build(services.conf, services))
        )
        self.post(b" " * 200_000, 400, error_codes.BODY_INVALID)
        self.post(b" " * (body.MAX_BYTES + 1), 413, error_codes.BODY_TOO_LARGE)

    def test_invalid_length(self):
        for length in ("x", "-1", "1.5", "9" * 30):
            request = self.app.RequestClass.blank(
                URL,
                method="POST",
                headers={"Content-Type": "application/json"},
            )
            request.environ["CONTENT_LENGTH"] = length
            answer = self.app.app(request.environ, _ignore)
            self.assertIn(b"rating.body.", b"".join(answer))

    def test_body_shorter_than_its_length(self):
        request = self.app.RequestClass.blank(
            URL, method="POST", headers={"Content-Type": "application/json"}
        )
        request.body = b"{}"
        request.environ["CONTENT_LENGTH"] = "500"
        answer = self.app.app(request.environ, _ignore)
        self.assertIn(b"rating.body.invalid", b"".join(answer))

    def test_chunked_body_without_end(self):
        self.post(
            b"{}",
            411,
            error_codes.BODY_LENGTH_MISSING,
            Transfer_Encoding="chunked",
        )


def _ignore(status, headers, exc_info=None):
    return None
