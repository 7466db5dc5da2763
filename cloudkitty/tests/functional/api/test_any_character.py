# SPDX-License-Identifier: Apache-2.0
"""Each text of a request may have a character that few columns hold.

Upstream's tables on MySQL have a character set without it.
"""

import json
import urllib.parse

import webob

from cloudkitty.tests import databases
from cloudkitty.tests import routes
from cloudkitty.tests.fakes import api
from cloudkitty.tests.fakes import rpc
from cloudkitty.tests.functional.api import data
from cloudkitty.tests.functional.api import upstream_database
from cloudkitty.tests.functional.api.generated import request_names

CHARACTER = "\U0001f600"
_V1 = "/v1/rating/module_config"
_HOUR = {"begin": "2026-11-01T00:00", "end": "2026-11-01T01:00"}
_POINT = {
    "vol": {"unit": "GiB", "qty": "1"},
    "rating": {"price": "1"},
    "groupby": {"project_id": "project-9", "flavor": "small"},
    "metadata": {"name": "a"},
}
_TASK = {
    "scope_ids": ["project-2"],
    "start_reprocess_time": "2026-11-01T00:00",
    "end_reprocess_time": "2026-11-01T01:00",
    "reason": "a",
    "mode": "preview",
    "metrics": ["volume"],
}
#: Bodies of the routes that store texts; the test fills in their ids.
BODIES = (
    ("POST", f"{_V1}/hashmap/services", {"name": "a"}),
    ("POST", f"{_V1}/hashmap/groups", {"name": "a"}),
    ("POST", f"{_V1}/hashmap/fields", {"name": "a", "service_id": None}),
    (
        "POST",
        f"{_V1}/hashmap/mappings",
        {
            "field_id": None,
            "value": "a",
            "cost": "1",
            "tenant_id": "a",
            "name": "a",
            "description": "a",
        },
    ),
    (
        "POST",
        f"{_V1}/hashmap/thresholds",
        {"field_id": None, "level": "1", "cost": "1", "tenant_id": "a"},
    ),
    (
        "POST",
        f"{_V1}/pyscripts/scripts",
        {"name": "a", "data": "# a", "description": "a"},
    ),
    (
        "POST",
        "/v2/dataframes",
        {"dataframes": [{"period": _HOUR, "usage": {"cpu": [_POINT]}}]},
    ),
    (
        "PUT",
        "/v2/scope",
        {
            "scope_id": ["project-2"],
            "scope_key": "project_id",
            "fetcher": "source",
            "collector": "openmetrics",
            "last_processed_timestamp": "2026-11-01T00:00",
        },
    ),
    (
        "PATCH",
        "/v2/scope",
        {
            "scope_id": "project-2",
            "scope_key": "project_id",
            "fetcher": "a",
            "collector": "a",
        },
    ),
    ("POST", "/v2/task/reprocesses", _TASK),
    (
        "POST",
        "/v1/rating/quote",
        {"resources": [{"service": "a", "volume": "1", "desc": {"x": "a"}}]},
    ),
)


def variants(value):
    """Yield ``value`` with one of its texts or keys replaced."""
    if isinstance(value, str):
        yield CHARACTER
    if isinstance(value, list):
        for place, item in enumerate(value):
            for each in variants(item):
                yield [*value[:place], each, *value[place + 1 :]]
    if isinstance(value, dict):
        for name, item in value.items():
            others = {key: value[key] for key in value if key != name}
            yield {**others, CHARACTER: item}
            for each in variants(item):
                yield {**others, name: each}


@databases.on_each()
class AnyCharacter:
    """Each request is answered, none with a 5xx."""

    backend: str

    def setUp(self):
        super().setUp()
        conf = self.make_conf(default={"auth_strategy": "noauth"})
        self.services = api.make_services(
            self, conf, self.make_database(conf), rpc=rpc.FakeRpc()
        )
        data.fill(self.services)
        self.wsgi = api.wsgi_of(self.services)

    def make_database(self, conf):
        return databases.make_database(self, self.backend, conf)

    def send(self, method, path, body=None):
        request = webob.Request.blank(path, method=method)
        if body is not None:
            request.content_type = "application/json"
            request.body = json.dumps(body).encode()
        answer = request.get_response(self.wsgi)
        self.assertLess(
            answer.status_int, 500, (method, path, body, answer.text)
        )
        return answer

    def post_rule(self, path, ids):
        answer = self.send(
            "POST", f"{_V1}/hashmap/{path}", {"name": "first", **ids}
        )
        self.assertEqual(201, answer.status_int, answer.text)
        return answer.json

    def test_arguments_and_ids(self):
        quoted = urllib.parse.quote(CHARACTER)
        routes_found = routes.find(self.services)
        sent = 0
        for target in request_names.learn(self.wsgi, routes_found):
            path = target.path.replace(routes.ID, quoted)
            for method in target.methods:
                self.send(method, path)
                for name in target.queries[method]:
                    for value in (quoted, f"type:{quoted}", f"{quoted}:a"):
                        self.send(method, f"{path}?{name}={value}")
                        sent += 1
        self.assertGreater(sent, 100)

    def test_bodies(self):
        ids = {"service_id": self.post_rule("services", {})["service_id"]}
        ids["field_id"] = self.post_rule("fields", ids)["field_id"]
        for method, path, template in BODIES:
            body = template | {
                name: ids[name] for name in template.keys() & ids.keys()
            }
            answer = self.send(method, path, body)
            self.assertLess(answer.status_int, 300, answer.text)
            for each in variants(body):
                self.send(method, path, each)


@databases.on_each(("mariadb",), name="TestAdopted")
class Adopted(AnyCharacter):
    """In a database of upstream's."""

    def make_database(self, conf):
        return upstream_database.adopt(self, self.backend, conf)

    def test_points_that_the_table_cannot_hold(self):
        for metric, project in ((CHARACTER, "a"), ("cpu", "a" * 33)):
            point = {**_POINT, "groupby": {"project_id": project}}
            frame = {"period": _HOUR, "usage": {metric: [point]}}
            answer = self.send(
                "POST", "/v2/dataframes", {"dataframes": [frame]}
            )
            self.assertEqual(
                (400, "rating.dataframes.unstorable"),
                (answer.status_int, answer.json["errors"][0]["code"]),
            )
            self.assertIn("cannot be stored", answer.json["message"])
        stored = self.send(
            "GET", f"/v2/dataframes?begin={data.BEGIN:%Y-%m-%d}"
        )
        self.assertEqual(15, stored.json["total"])
