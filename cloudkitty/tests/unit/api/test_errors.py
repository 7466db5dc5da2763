# SPDX-License-Identifier: Apache-2.0
import ast
import inspect
import json
import re

import webob.exc
from oslo_db import exception as db_exception

from cloudkitty.api import error_body
from cloudkitty.api import error_codes
from cloudkitty.api.request import hooks
from cloudkitty.storage import base as storage_base
from cloudkitty.tests import base


def published() -> dict[str, str]:
    """Return the codes by the names of their constants."""
    return {
        name: value
        for name, value in vars(error_codes).items()
        if name.isupper() and isinstance(value, str) and "rating." in value
    }


class TestCodes(base.TestCase):
    def test_format(self):
        for name, code in published().items():
            self.assertTrue(
                re.fullmatch(r"rating\.[a-z_]+\.[a-z_]+", code), name
            )

    def test_no_code_has_two_names(self):
        codes = list(published().values())
        self.assertEqual(len(set(codes)), len(codes))

    def test_each_code_has_a_comment(self):
        lines = inspect.getsource(error_codes).splitlines()
        for node in ast.parse("\n".join(lines)).body:
            if isinstance(node, ast.Assign):
                name = node.targets[0].id
                before = lines[node.lineno - 2]
                self.assertTrue(before.startswith("#: "), name)


class TestBody(base.TestCase):
    def test_shape(self):
        self.assertEqual(
            {
                "message": "why",
                "errors": [
                    {
                        "status": 404,
                        "code": "rating.path.unknown",
                        "title": "Not Found",
                        "detail": "why",
                        "request_id": "req-1",
                    }
                ],
            },
            json.loads(
                error_body.encode(
                    404, error_codes.PATH_UNKNOWN, "why", "req-1"
                )
            ),
        )

    def test_any_text_can_be_encoded(self):
        text = "\ud800\0é"
        sent = error_body.encode(400, error_codes.BODY_INVALID, text, None)
        self.assertTrue(sent.isascii())
        self.assertEqual(text, json.loads(sent)["message"])


class TestTranslate(base.TestCase):
    def code(self, error):
        made = hooks.translate(error)
        return made.status, made.code

    def test_unavailable_services(self):
        for error in (
            storage_base.StorageError("password=secret"),
            db_exception.DBConnectionError(),
        ):
            self.assertEqual(
                (503, error_codes.SERVICE_UNAVAILABLE), self.code(error)
            )
            self.assertNotIn("secret", hooks.translate(error).detail)

    def test_defect(self):
        self.assertEqual(
            (500, error_codes.SERVER_FAILED), self.code(KeyError("secret"))
        )
        self.assertNotIn("secret", hooks.translate(KeyError("secret")).detail)

    def test_errors_of_pecan_and_webob(self):
        self.assertEqual(
            (404, error_codes.PATH_UNKNOWN),
            self.code(webob.exc.HTTPNotFound()),
        )
        self.assertEqual(
            (413, error_codes.BODY_TOO_LARGE),
            self.code(webob.exc.HTTPRequestEntityTooLarge()),
        )
        self.assertEqual(
            (418, error_codes.REQUEST_REJECTED), self.code(_Teapot())
        )

    def test_status_without_a_phrase(self):
        self.assertEqual("Error", error_body.title(499))


class _Teapot(webob.exc.HTTPClientError):
    code = 418
    title = "Teapot"
