# SPDX-License-Identifier: Apache-2.0
import importlib.util
import json

import fixtures
import webob
import webob.exc
from oslo_config import cfg

from cloudkitty.api import error_body
from cloudkitty.api import error_codes
from cloudkitty.api import middleware
from cloudkitty.api import registry
from cloudkitty.common import exceptions
from cloudkitty.tests import base

HEADER = "x-openstack-request-id"


def answer(app, path="/v2/scope", **headers):
    """Return the response to GET."""
    request = webob.Request.blank("/", headers=headers)
    request.environ["PATH_INFO"] = path
    return request.get_response(app)


class TestOutermost(base.TestCase):
    def answer_of(self, inner, **headers):
        return answer(middleware.Outermost(inner), **headers)

    def test_error_of_a_library_gets_a_body(self):
        inner = webob.exc.HTTPUnauthorized(
            headers={"WWW-Authenticate": "Keystone uri=x"}
        )
        for accept in ("*/*", "application/json", "text/html"):
            got = self.answer_of(inner, Accept=accept)
            [error] = got.json["errors"]
            self.assertEqual(error_codes.TOKEN_MISSING, error["code"])
            self.assertEqual(got.headers[HEADER], error["request_id"])
            self.assertEqual("Keystone uri=x", got.headers["WWW-Authenticate"])
            self.assertEqual("application/json", got.content_type)
            self.assertEqual(len(got.body), got.content_length)

    def test_body_of_the_api_is_kept(self):
        body = error_body.encode(
            409, error_codes.REQUEST_REJECTED, "why", "req-1"
        )

        def inner(environ, start_response):
            environ[error_body.RENDERED] = True
            environ["openstack.request_id"] = "req-1"
            return webob.Response(body, status=409)(environ, start_response)

        got = self.answer_of(inner)
        self.assertEqual(body, got.body)
        self.assertEqual("req-1", got.headers[HEADER])

    def test_crash_reveals_nothing(self):
        def inner(environ, start_response):
            raise KeyError("secret")

        got = self.answer_of(inner)
        self.assertEqual(500, got.status_int)
        self.assertNotIn("secret", got.text)
        [error] = got.json["errors"]
        self.assertEqual(error_codes.SERVER_FAILED, error["code"])
        self.assertEqual(got.headers[HEADER], error["request_id"])

    def test_success_gets_a_request_id(self):
        got = self.answer_of(webob.Response("fine", content_type="text/plain"))
        self.assertEqual("fine", got.text)
        self.assertTrue(got.headers[HEADER].startswith("req-"))

    def test_path_without_leading_slash(self):
        def inner(environ, start_response):
            return webob.Response(environ["PATH_INFO"])(
                environ, start_response
            )

        app = middleware.Outermost(inner)
        self.assertEqual("/*", answer(app, "*").text)
        self.assertEqual("", answer(app, "").text)


class TestAuthToken(base.TestCase):
    """Paths with and without a token."""

    def setUp(self):
        super().setUp()
        conf = self.make_conf()
        with registry.offered(registry.Entry(conf)) as key:
            make = middleware.AuthTokenMiddleware.factory(
                {registry.KEY: key},
                acl_public_routes="/, /v1, /v2",
                auth_type="none",
                www_authenticate_uri="http://keystone.example/",
            )
            self.app = make(self.inner)

    def inner(self, environ, start_response):
        seen = {
            key: value
            for key, value in environ.items()
            if key.startswith("HTTP_X_") and "_CATALOG" not in key
        }
        return webob.Response(json.dumps(seen))(environ, start_response)

    def test_public_paths(self):
        for path in ("", "/", "/v1", "/v1/", "/v2", "/v2/"):
            self.assertEqual(200, answer(self.app, path).status_int, path)

    def test_other_paths_need_a_token(self):
        for path in (
            "/v2/scope",
            "/v2//scope",
            "//v2",
            "/v2//",
            "/v2/.",
            "/v2;x",
            "/v22",
            "/V2",
            "/v2\0",
            "//",
            "v2",
        ):
            got = answer(self.app, path)
            self.assertEqual(401, got.status_int, path)
            self.assertIn("WWW-Authenticate", got.headers)

    def test_identity_headers_are_removed(self):
        claimed = {
            "X-Roles": "admin",
            "X-User-Id": "u",
            "X-Project-Id": "p",
            "X-Is-Admin-Project": "True",
            "X-Service-Roles": "service",
        }
        self.assertEqual({}, answer(self.app, "/", **claimed).json)


class TestTokenCache(base.TestCase):
    def setUp(self):
        super().setUp()
        self.conf = cfg.ConfigOpts()
        self.conf(args=[], default_config_files=[])

    def make(self, **options):
        return middleware.AuthTokenMiddleware(
            None,
            {
                "oslo_config_config": self.conf,
                "delay_auth_decision": True,
                **options,
            },
            [],
        )

    def without(self, module):
        """Hide a module, installed or not."""
        find = importlib.util.find_spec
        self.useFixture(
            fixtures.MonkeyPatch(
                "importlib.util.find_spec",
                lambda name: None if name == module else find(name),
            )
        )

    def test_missing_library(self):
        self.without("memcache")
        self.make()
        self.make(memcached_servers="127.0.0.1:11211", cache="swift.cache")
        error = self.assertRaises(
            exceptions.InvalidConfiguration,
            self.make,
            memcached_servers="127.0.0.1:11211",
        )
        self.assertIn("python-memcached", str(error))
        self.assertIn("[keystone_authtoken] memcached_servers", str(error))

    def test_missing_library_of_the_option(self):
        self.without("memcache")
        self.make()
        self.conf.set_override(
            "memcached_servers", ["127.0.0.1:11211"], "keystone_authtoken"
        )
        self.assertRaises(exceptions.InvalidConfiguration, self.make)

    def test_missing_library_with_tls(self):
        self.without("bmemcached")
        error = self.assertRaises(
            exceptions.InvalidConfiguration,
            self.make,
            memcached_servers="127.0.0.1:11211",
            memcache_tls_enabled=True,
        )
        self.assertIn("python-binary-memcached", str(error))

    def test_installed_library(self):
        self.useFixture(
            fixtures.MonkeyPatch("importlib.util.find_spec", lambda _: "spec")
        )
        self.make(memcached_servers="127.0.0.1:11211")
