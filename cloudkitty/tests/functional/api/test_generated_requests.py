# SPDX-License-Identifier: Apache-2.0
"""Whatever is sent, nothing fails and everything is answered.

``CLOUDKITTY_TEST_FUZZ`` says how many requests are generated. Each goes to
the shipped noauth pipeline and to one that enforces the policies.
"""

import io
import json
import os
import time

import fixtures
import hypothesis
import webob

from cloudkitty.api import resource
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests.fakes import api
from cloudkitty.tests.fakes import rpc
from cloudkitty.tests.functional.api import data
from cloudkitty.tests.functional.api import request_strategies
from cloudkitty.tests.functional.api import test_policies

REQUESTS = int(os.environ.get("CLOUDKITTY_TEST_FUZZ", "300"))
#: Seconds; an answer takes some milliseconds.
LONGEST = 20


class Answer:
    """What a WSGI application answers to ``environ``."""

    def __init__(self, wsgi, environ):
        environ = {
            **environ,
            "wsgi.input": io.BytesIO(environ["wsgi.input"]),
            "wsgi.errors": io.StringIO(),
        }
        self.method = environ["REQUEST_METHOD"]
        parts = wsgi(environ, self._start)
        self.body = b"".join(parts)
        if hasattr(parts, "close"):
            parts.close()

    def _start(self, status, headers, exc_info=None):
        self.status = int(status.partition(" ")[0])
        self.headers = {name.lower(): value for name, value in headers}


class GeneratedRequestsTest(base.TestCase):
    backend = "sqlite"
    requests = REQUESTS

    def setUp(self):
        super().setUp()
        self.applications = []
        for auth_strategy in ("noauth", "keystone"):
            conf = self.make_conf(default={"auth_strategy": auth_strategy})
            services = api.make_services(
                self,
                conf,
                databases.make_database(self, self.backend, conf),
                rpc=rpc.FakeRpc(),
            )
            data.fill(services)
            data.begin_task(services, "project-1", "batch-1")
            self.applications.append(api.wsgi_of(services))
        self.paths = ["/", "/v1", "/v2", "/healthcheck"]
        self.paths += ["/v1/rating/module_config/hashmap"]
        self.paths += [
            path for _, _, path in test_policies.operations(services.conf)
        ]
        self.paths += {path.rpartition("/")[0] for path in self.paths[4:]}

    def check(self, answer):
        self.assertLess(answer.status, 500, answer.body)
        ident = answer.headers["x-openstack-request-id"]
        if answer.method == "HEAD":
            self.assertEqual(b"", answer.body)
        elif answer.status >= 400:
            self.assertEqual(
                "application/json", answer.headers["content-type"]
            )
            content = json.loads(answer.body)
            [error] = content["errors"]
            self.assertEqual(content["message"], error["detail"])
            self.assertEqual(answer.status, error["status"])
            self.assertEqual(ident, error["request_id"])
            self.assertTrue(error["code"].startswith("rating."))
        if answer.status == 405:
            self.assertIn("OPTIONS", answer.headers["allow"])

    def test_nothing_fails(self):
        @hypothesis.given(request_strategies.environs(self.paths))
        @hypothesis.settings(
            max_examples=self.requests,
            database=None,
            deadline=None,
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        def send(environ):
            for wsgi in self.applications:
                started = time.monotonic()
                self.check(Answer(wsgi, environ))
                self.assertLess(time.monotonic() - started, LONGEST)

        send()

    def test_no_path_is_left_out(self):
        """Each class of resources is behind one of the paths."""
        reached = set()
        real = resource.Resource.allowed_methods

        def spy(controller):
            reached.add(type(controller))
            return real(controller)

        self.useFixture(
            fixtures.MonkeyPatch(
                "cloudkitty.api.resource.Resource.allowed_methods", spy
            )
        )
        for path in self.paths:
            filled = test_policies.filled(path)
            request = webob.Request.blank(filled, method="OPTIONS")
            request.get_response(self.applications[0])
        self.assertEqual(set(_subclasses(resource.Resource)), reached)


class MariaDBTest(GeneratedRequestsTest):
    """What one database takes another may refuse."""

    backend = "mariadb"
    requests = max(REQUESTS // 5, 1)


class PostgreSQLTest(GeneratedRequestsTest):
    """The same."""

    backend = "postgresql"
    requests = max(REQUESTS // 5, 1)


def _subclasses(parent):
    """Yield those of this service; tests and plugins have others."""
    for child in parent.__subclasses__():
        if child.__module__.startswith("cloudkitty.api."):
            yield child
        yield from _subclasses(child)
