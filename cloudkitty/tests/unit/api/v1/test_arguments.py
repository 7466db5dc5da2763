# SPDX-License-Identifier: Apache-2.0
"""Arguments in a path, a query or a body, sent to the real application."""

import json

from cloudkitty.api import error_codes
from cloudkitty.api import resource
from cloudkitty.api.v1 import arguments
from cloudkitty.api.v2 import base as v2_base
from cloudkitty.tests.fakes import api
from cloudkitty.tests.unit.api import test_loading


class Echo(resource.Resource):
    """Returns the arguments that it read."""

    @resource.answers_json
    def get(self):
        args = arguments.read(
            "text",
            "texts",
            "flag",
            "count",
            "price",
            "at",
            "id",
            "kind",
            "need",
            required=["need"],
            path={"name": "rule"},
        )
        at = args.time("at")
        price = args.decimal("price")
        return {
            "name": args.text("name"),
            "text": args.text("text", max_length=5),
            "has text": "text" in args,
            "texts": list(args.text_list("texts")),
            "flag": args.boolean("flag"),
            "count": args.integer("count", minimum=-5),
            "price": None if price is None else str(price),
            "at": None if at is None else at.isoformat(),
            "id": args.uuid("id"),
            "kind": args.choice("kind", ["flat", "rate"]),
            "need": args.raw("need"),
        }

    post = put = delete = get


MODULE = v2_base.Module(controller=lambda services: Echo())
URL = "/v1/rating/module_config/echo/"
ID = "0f4f6a1e-9b0a-4f1b-8a55-2f4b7f3f9c11"


class TestArguments(test_loading.LoadingCase):
    def setUp(self):
        super().setUp()
        self.install(
            f"echo = {__name__}:MODULE",
            group="cloudkitty.api.v1.module_config",
        )
        self.app = api.make_app(self)

    def send(self, query="need=1", body=None, method="GET", status=200):
        raw = b"" if body is None else body
        if not isinstance(raw, bytes):
            raw = json.dumps(raw).encode()
        return self.app.request(
            f"{URL}?{query}",
            method=method,
            body=raw,
            headers={"Content-Type": "application/json"},
            status=status,
        ).json

    def refuse(self, code, query="need=1", body=None):
        error = self.send(query, body, status=400)["errors"][0]
        self.assertEqual(code, error["code"])
        self.assertIn("send", error["detail"])

    def test_body_with_each_method(self):
        body = {
            "need": "x",
            "text": "é",
            "texts": ["a", "b,c"],
            "flag": False,
            "count": "-3",
            "at": "2026-11-01",
            "id": ID.upper(),
            "kind": "RATE",
        }
        for method in ("GET", "POST", "PUT", "DELETE"):
            got = self.send("", body, method)
            self.assertEqual(
                {
                    "name": "rule",
                    "text": "é",
                    "has text": True,
                    "texts": ["a", "b,c"],
                    "flag": False,
                    "count": -3,
                    "price": None,
                    "at": "2026-11-01T00:00:00+00:00",
                    "id": ID,
                    "kind": "rate",
                    "need": "x",
                },
                got,
            )

    def test_query(self):
        got = self.send("need=1&texts=a,b&texts=c&flag=f&count=2&price=1e-2")
        self.assertEqual(["a", "b", "c"], got["texts"])
        self.assertEqual((False, 2, "0.01"), _of(got, "flag count price"))

    def test_booleans(self):
        for value in (False, 0, "false", "F", "no", "n", "off", "0"):
            self.assertIs(False, self.send(body={"flag": value})["flag"])
        for value in (True, 1, "true", "T", "yes", "y", "on", "1"):
            self.assertIs(True, self.send(body={"flag": value})["flag"])
        for value in (2, 1.0, "", "x", [], {}, [True]):
            self.refuse(error_codes.ARGUMENT_INVALID, body={"flag": value})

    def test_decimals_are_exact(self):
        for raw, expected in (
            (b"0.95", "0.95"),
            (b"1.50", "1.50"),
            (b"0.1234567890123456789012345678", None),
            (b'"0.1"', "0.1"),
            (b"7", "7"),
            (b"-0.0", "0"),
            (b"1E+5", "1E+5"),
        ):
            got = self.send(body=b'{"price": %s}' % raw)
            self.assertEqual(expected or raw.decode(), got["price"])

    def test_invalid_decimals(self):
        for raw in (
            b'"x"',
            b'""',
            b'"1_0"',
            b'"NaN"',
            b'" 1"',
            b"true",
            b"[]",
            b"1e30",
            b"1e-29",
            b"1000000000000",
            b'"%s"' % (b"1" * 200),
        ):
            self.refuse(
                error_codes.ARGUMENT_INVALID, body=b'{"price": %s}' % raw
            )
        for raw in (b"1e400", b"NaN", b"1e-99999999999999999999"):
            self.refuse(error_codes.BODY_INVALID, body=b'{"price": %s}' % raw)

    def test_null_counts_as_missing(self):
        got = self.send(
            body={name: None for name in ("text", "texts", "flag", "count")}
        )
        self.assertEqual(
            (None, [], None, None), _of(got, "text texts flag count")
        )
        self.assertTrue(got["has text"])
        self.assertFalse(self.send()["has text"])

    def test_missing_argument(self):
        self.refuse(error_codes.ARGUMENT_MISSING, "")
        self.refuse(error_codes.ARGUMENT_MISSING, "", {"need": None})

    def test_unknown_argument(self):
        self.refuse(error_codes.ARGUMENT_UNKNOWN, "need=1&x=1")
        self.refuse(error_codes.ARGUMENT_UNKNOWN, body={"x": 1})

    def test_argument_in_two_places(self):
        self.send("need=1&name=rule", {"name": "rule"})
        self.refuse(error_codes.ARGUMENT_REPEATED, "need=1&name=other")
        self.refuse(error_codes.ARGUMENT_REPEATED, body={"name": "other"})
        self.refuse(error_codes.ARGUMENT_REPEATED, "need=1&count=1&count=2")

    def test_invalid_values(self):
        for name, value in (
            ("text", 1),
            ("text", "toolong"),
            ("text", "a\0"),
            ("texts", [1]),
            ("count", -6),
            ("id", "word"),
            ("id", 5),
            ("kind", "other"),
        ):
            self.refuse(error_codes.ARGUMENT_INVALID, body={name: value})
        self.refuse(error_codes.TIME_INVALID, body={"at": "01/11/2026"})

    def test_empty_body_needs_no_type(self):
        self.app.get(f"{URL}?need=1", status=200)
        self.app.request(
            f"{URL}?need=1",
            body=b"{}",
            headers={"Content-Type": "text/plain"},
            status=415,
        )

    def test_invalid_json(self):
        for raw in (b"[]", b"{", b"1", b'{"a": 1, "a": 1}', b"\xff"):
            self.refuse(error_codes.BODY_INVALID, body=raw)


def _of(got, names):
    return tuple(got[name] for name in names.split())
