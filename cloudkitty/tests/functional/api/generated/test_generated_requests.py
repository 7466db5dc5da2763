# SPDX-License-Identifier: Apache-2.0
"""Every generated request is answered, none with 500.

``CLOUDKITTY_TEST_FUZZ`` says how many requests are generated. Each goes to
the shipped noauth pipeline and to one that enforces the policies.
"""

import collections
import io
import json
import os
import re
import time

import hypothesis
import webob

from cloudkitty.tests import databases
from cloudkitty.tests import routes
from cloudkitty.tests.fakes import api
from cloudkitty.tests.fakes import rpc
from cloudkitty.tests.functional.api import data
from cloudkitty.tests.functional.api import upstream_database
from cloudkitty.tests.functional.api.generated import request_names
from cloudkitty.tests.functional.api.generated import request_strategies
from cloudkitty.tests.functional.api.openapi import conformance

REQUESTS = int(os.environ.get("CLOUDKITTY_TEST_FUZZ", "300"))
#: Times that all routes are gone through, so that each meets what others made.
ROUNDS = 4
#: Ids of one kind that are remembered.
MOST_IDS = 20
#: Statuses of requests that no operation describes: with an empty id, or with
#: a body where the document has none.
UNDOCUMENTED = (404, 405, 411, 413, 415)
#: Words that no text for a caller has.
_PYTHON = r"Decimal\(|datetime\.|\b(None|True|False)\b"
_QUOTED = re.compile(r"""'[^']*'|"(?:[^"\\]|\\.)*\"""")
_ID = re.compile(r'"(\w+_id)": "([0-9a-f]{8}-[0-9a-f-]{27})"')
_CONFIG = "/v1/rating/module_config"
#: Rules that exist when each round begins.
RULES = [
    ("hashmap/services", {"name": "service-{round}"}),
    ("hashmap/fields", {"name": "flavor", "service_id": "{service_id}"}),
    ("hashmap/groups", {"name": "group-{round}"}),
    (
        "hashmap/mappings",
        {
            "field_id": "{field_id}",
            "value": "small",
            "cost": "0.1",
            "group_id": "{group_id}",
        },
    ),
    (
        "hashmap/thresholds",
        {"service_id": "{service_id}", "level": "3", "cost": "0.2"},
    ),
    ("pyscripts/scripts", {"name": "script-{round}", "data": "pass"}),
]
#: Seconds; an answer takes some milliseconds.
LONGEST = 20


class Answer:
    """Answer of a WSGI application to ``environ``."""

    def __init__(self, wsgi, environ):
        environ = {
            **environ,
            "wsgi.input": io.BytesIO(environ["wsgi.input"]),
            "wsgi.errors": io.StringIO(),
        }
        self.method = environ["REQUEST_METHOD"]
        self.path = environ["PATH_INFO"]
        parts = wsgi(environ, self._start)
        self.body = b"".join(parts)
        if hasattr(parts, "close"):
            parts.close()

    def _start(self, status, headers, exc_info=None):
        self.status = int(status.partition(" ")[0])
        self.headers = {name.lower(): value for name, value in headers}


@databases.on_each()
class GeneratedRequests:
    """One database may refuse a value that another takes."""

    backend: str

    def setUp(self):
        super().setUp()
        self.responses = conformance.Responses()
        self.requests = REQUESTS
        if self.backend != "sqlite":
            self.requests = max(self.requests // 5, 1)
        self.applications = []
        for auth_strategy in ("noauth", "keystone"):
            conf = self.make_conf(default={"auth_strategy": auth_strategy})
            services = api.make_services(
                self,
                conf,
                self.make_database(conf),
                rpc=rpc.FakeRpc(),
            )
            data.fill(services)
            data.begin_task(services, "project-1", "batch-1")
            self.applications.append(api.wsgi_of(services))
            if auth_strategy == "noauth":
                found = routes.find(services)
        self.targets = request_names.learn(
            self.applications[0],
            [r for r in found if r.path == routes.without_alias(r.path)],
        )
        self.targets.append(
            request_names.Target("/healthcheck", ("GET",), {}, {})
        )
        #: Ids that each application has returned so far.
        self.ids = [{"batch_id": ["batch-1"]} for _ in self.applications]

    def make_database(self, conf):
        return databases.make_database(self, self.backend, conf)

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
            # In quotes there may be words of the request.
            own = _QUOTED.sub("", error["detail"])
            self.assertNotRegex(own, _PYTHON)
        elif answer.headers.get("content-type") == "application/json":
            json.loads(answer.body or b"null", parse_float=self.check_number)
        if answer.status == 405:
            self.assertIn("OPTIONS", answer.headers["allow"])

    def check_document(self, answer):
        """The response is one of the OpenAPI document."""
        if answer.status in UNDOCUMENTED or answer.method == "OPTIONS":
            return
        problems = self.responses.problems(
            answer.method, answer.path, answer.status, answer.body
        )
        self.assertEqual([], problems, (answer.method, answer.path))

    def check_number(self, text):
        self.assertNotIn("e", text.lower())

    def remember(self, answer, ids):
        """Keep the ids of an answer, for the requests after it."""
        for name, ident in _ID.findall(
            answer.body[:100_000].decode("latin-1")
        ):
            known = ids.setdefault(name, [])
            if ident not in known:
                known.append(ident)
                # Keep the last ones: enough requests name deleted objects.
                del known[:-MOST_IDS]

    def make_rules(self, round_number):
        """Let there be rules that requests can speak of."""
        for wsgi, ids in zip(self.applications, self.ids, strict=True):
            newest = {"round": round_number}
            for path, wanted in RULES:
                request = webob.Request.blank(
                    f"{_CONFIG}/{path}",
                    method="POST",
                    headers=api.persona("admin"),
                )
                request.content_type = "application/json"
                request.body = json.dumps(
                    {k: v.format(**newest) for k, v in wanted.items()}
                ).encode()
                answer = request.get_response(wsgi)
                self.assertEqual(201, answer.status_int, answer.text)
                self.remember(answer, ids)
                newest |= dict(_ID.findall(answer.text))

    def send(self, environ):
        for wsgi, ids in zip(self.applications, self.ids, strict=True):
            started = time.monotonic()
            answer = Answer(wsgi, request_strategies.filled(environ, ids))
            self.check(answer)
            self.check_document(answer)
            self.remember(answer, ids)
            self.statuses[answer.method, answer.status] += 1
            self.assertLess(time.monotonic() - started, LONGEST)

    def test_no_server_errors(self):
        """Each route and method has its share of the requests."""
        self.statuses = collections.Counter()
        pairs = [
            (target, method)
            for target in self.targets
            for method in target.methods or ("GET",)
        ]
        settings = hypothesis.settings(
            max_examples=-(-self.requests // len(pairs) // ROUNDS),
            database=None,
            deadline=None,
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        for number, (target, method) in enumerate(pairs * ROUNDS):
            if number % len(pairs) == 0:
                self.make_rules(number)
            environs = request_strategies.environs(target, method)

            @settings
            @hypothesis.given(environs)
            def send(environ):
                self.send(environ)

            send()
        if self.requests >= 1000:
            # Some of the requests must succeed.
            for method in {method for _, method in pairs}:
                done = sum(
                    self.statuses[method, status] for status in (200, 201, 204)
                )
                self.assertGreater(done, 0, method)

    def test_routes_list_their_arguments(self):
        """Or the requests would be nonsense only."""
        told = {target.path: target for target in self.targets}
        self.assertIn("groupby", told["/v2/summary"].queries["GET"])
        self.assertIn("dataframes", told["/v2/dataframes"].bodies["POST"])
        self.assertIn("reason", told["/v2/task/{}"].bodies["PATCH"])
        self.assertIn("resources", told["/v1/rating/quote"].bodies["POST"])
        silent = {
            (method, target.path)
            for target in self.targets
            for method in ("POST", "PUT", "PATCH")
            if method in target.methods and not target.bodies[method]
        }
        self.assertEqual(set(), silent)


@databases.on_each(("mariadb",), name="TestAdopted")
class Adopted(GeneratedRequests):
    """In a database of upstream's, with its storage of version 1."""

    def make_database(self, conf):
        return upstream_database.adopt(self, self.backend, conf)
