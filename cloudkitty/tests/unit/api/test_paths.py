# SPDX-License-Identifier: Apache-2.0
from cloudkitty.api import error_codes
from cloudkitty.api import errors
from cloudkitty.api.request import query
from cloudkitty.api.request import wsgi_path
from cloudkitty.tests import base
from cloudkitty.tests.fakes import api


class TestSegments(base.TestCase):
    def segments(self, path, raw=None, script="", key="REQUEST_URI"):
        environ = {"PATH_INFO": path, "SCRIPT_NAME": script}
        if raw is not None:
            environ[key] = raw
        return wsgi_path.segments(environ)

    def test_decoded_path_only(self):
        self.assertEqual(["v2", "a", "b"], self.segments("/v2/a/b"))
        self.assertEqual([""], self.segments("/"))
        self.assertEqual([], self.segments(""))
        self.assertEqual(["é"], self.segments("/é".encode().decode("latin-1")))

    def test_encoded_slash(self):
        for key in ("REQUEST_URI", "RAW_URI"):
            self.assertEqual(
                ["v2", "a/b%"],
                self.segments("/v2/a/b%", "/v2/a%2Fb%25?x=/y", key=key),
            )

    def test_mount_point_or_host(self):
        for raw in ("/rating/v2/a%2Fb", "http://host/rating/v2/a%2Fb"):
            self.assertEqual(
                ["v2", "a/b"], self.segments("/v2/a/b", raw, "/rating")
            )

    def test_two_slashes_that_a_filter_merged(self):
        self.assertEqual(
            ["v2", "a//b"], self.segments("/v2/a/b", "/v2/a%2F%2Fb")
        )
        self.assertEqual(["v2", "a"], self.segments("/v2/a", "//v2//a"))

    def test_different_raw_path_is_ignored(self):
        for raw in ("/v2/secret", "", "*", "/v2/a%2Fc", "\u20ac"):
            self.assertEqual(["v2", "a"], self.segments("/v2/a", raw))

    def test_path_of_slashes_is_fast(self):
        path = "/a" * 50_000
        self.assertEqual(50_000, len(self.segments(path, path)))

    def test_invalid_utf_8(self):
        error = self.assertRaises(
            errors.BadRequest, self.segments, "/\xff", "/%ff"
        )
        self.assertEqual(error_codes.PATH_INVALID, error.code)


class TestQuery(base.TestCase):
    def test_encoded_and_raw_utf_8(self):
        raw = "é".encode().decode("latin-1")
        self.assertEqual({"a": ["é", "é"]}, query.parse(f"a=%C3%A9&a={raw}"))

    def test_unreadable_query(self):
        for text in ("a=%ff", "a=\xff", "&".join("a=1" for _ in range(1001))):
            error = self.assertRaises(errors.BadRequest, query.parse, text)
            self.assertEqual(error_codes.QUERY_INVALID, error.code)


class TestRouting(base.TestCase):
    """Routing with a server that passes the raw path."""

    def test_invalid_path_is_a_400(self):
        app = api.make_app(self)
        answer = app.get("/v2/scope/%ff", status=400)
        error = answer.json["errors"][0]
        self.assertEqual(error_codes.PATH_INVALID, error["code"])
        self.assertEqual(
            answer.headers["x-openstack-request-id"], error["request_id"]
        )
        self.assertEqual(answer.json["message"], error["detail"])
