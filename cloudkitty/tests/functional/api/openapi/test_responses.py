# SPDX-License-Identifier: Apache-2.0
"""Responses of the API conform to the OpenAPI document.

schemathesis generates valid and invalid requests for each operation.
``CLOUDKITTY_TEST_FUZZ`` says how many.
"""

import collections
import os

import hypothesis
import schemathesis
import webtest
from hypothesis import strategies as st
from schemathesis.specs.openapi import checks

from cloudkitty.tests import base
from cloudkitty.tests.fakes import api
from cloudkitty.tests.fakes import rpc
from cloudkitty.tests.functional.api import data
from cloudkitty.tests.functional.api.openapi import known_values
from cloudkitty.tests.functional.api.openapi import shipped

#: A request takes longer than one of the other generated requests.
REQUESTS = int(os.environ.get("CLOUDKITTY_TEST_FUZZ", "300")) // 2
CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.status_code_conformance,
]
VALID = schemathesis.GenerationMode.POSITIVE
INVALID = schemathesis.GenerationMode.NEGATIVE
#: DELETE is last: other requests need the objects.
ORDER = ("post", "put", "patch", "get", "delete")
_CONFIG = "/v1/rating/module_config"
_TIMES = [
    "2026-11-01",
    "2026-11-01T01:00:00Z",
    "2026-11-01 02:00:00+00:00",
    "2026-12-01T00:00:00",
]
KNOWN: known_values.Values = {
    "batch_id": ["batch-1"],
    "begin": _TIMES[:1],
    "collector": ["openmetrics"],
    "cost": ["0.5", "1"],
    "data": ["pass"],
    "end": ["2026-12-02T00:00:00"],
    "end_reprocess_time": _TIMES[1:3],
    "fetcher": ["source"],
    "filters": ["project_id:project-1", "type:instance"],
    "groupby": ["type", "time", "time-d,flavor", "res_type"],
    "id": [1],
    "last_processed_timestamp": _TIMES[:3],
    "metric_id": ["instance"],
    "mode": ["preview"],
    "module_id": ["hashmap", "noop", "pyscripts"],
    "resource_type": ["instance"],
    "scope_id": ["project-1", "project-2"],
    "scope_ids": ["project-1", "ALL", ["project-2"]],
    "scope_key": ["project_id"],
    "service": ["instance"],
    "start": ["2026-12-01T00:00:00"],
    "start_reprocess_time": _TIMES[:1],
    "tenant_id": ["project-1"],
    "value": ["large"],
}
#: Rules that can still be changed, each with the ids of the ones before it.
RULES = [
    ("hashmap/services", {"name": "instance"}),
    ("hashmap/fields", {"name": "flavor"}),
    ("hashmap/groups", {"name": "group"}),
    (
        "hashmap/mappings",
        {"value": "small", "cost": "0.1", "start": "2026-12-01"},
    ),
    ("hashmap/thresholds", {"level": "3", "cost": "0.2"}),
    (
        "pyscripts/scripts",
        {"name": "script", "data": "pass", "start": "2026-12-01"},
    ),
]
#: Owners of the rules above.
OWNERS = {
    "hashmap/fields": ("service_id",),
    "hashmap/mappings": ("field_id", "group_id"),
    "hashmap/thresholds": ("field_id", "group_id"),
}


class TestResponses(base.TestCase):
    def setUp(self):
        super().setUp()
        if not shipped.FILE.is_file():
            self.skipTest("these tests run in the source tree only")
        services = api.make_services(self, rpc=rpc.FakeRpc())
        data.fill(services)
        data.begin_task(services, "project-1", "batch-1", mode="preview")
        wsgi = api.wsgi_of(services)
        known = KNOWN | self.make_rules(webtest.TestApp(wsgi))
        document = shipped.closed(shipped.read())
        self.schemas = [
            schemathesis.openapi.from_dict(each)
            for each in (document, known_values.only(document, known))
        ]
        for schema in self.schemas:
            schema.app = wsgi
        self.statuses = collections.Counter()

    def make_rules(self, app):
        """Create rules; return their ids by name."""
        ids = {}
        for path, content in RULES:
            owners = {name: ids[name] for name in OWNERS.get(path, ())}
            made = app.post_json(f"{_CONFIG}/{path}", content | owners).json
            name = f"{path.split('/')[1].rstrip('s')}_id"
            ids[name] = made[name]
        return {name: [ident] for name, ident in ids.items()}

    def send(self, case):
        """Send a request and check its response."""
        response = case.call()
        self.statuses[case.method, response.status_code] += 1
        case.validate_response(response, checks=CHECKS)

    def test_a_deviation_is_found(self):
        """The checks are effective."""
        document = shipped.closed(shipped.read())
        schema = schemathesis.openapi.from_dict(document)
        schema.app = self.schemas[0].app
        del document["components"]["schemas"]["Module"]["properties"]["name"]
        del document["components"]["schemas"]["Module"]["required"]
        case = schema["/v2"]["GET"].Case()
        self.assertRaises(
            schemathesis.core.failures.FailureGroup,
            case.validate_response,
            case.call(),
            checks=CHECKS,
        )

    def test_health_as_json(self):
        for accept in ("application/json", "text/html", "text/plain"):
            case = self.schemas[0]["/healthcheck"]["GET"].Case(
                headers={"Accept": accept}
            )
            response = case.call()
            [content_type] = response.headers["content-type"]
            self.assertEqual(accept, content_type.split(";")[0])
            case.validate_response(response, checks=CHECKS)

    def test_responses_conform(self):
        operations = [
            [found.ok() for found in both]
            for both in zip(
                *(each.get_all_operations() for each in self.schemas),
                strict=True,
            )
        ]
        settings = hypothesis.settings(
            max_examples=max(REQUESTS // len(operations), 2),
            database=None,
            deadline=None,
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        for any_value, known in sorted(
            operations, key=lambda both: ORDER.index(both[0].method)
        ):
            cases = st.one_of(
                known.as_strategy(VALID),
                known.as_strategy(VALID),
                any_value.as_strategy(VALID),
                any_value.as_strategy(INVALID),
            )

            @settings
            @hypothesis.given(cases)
            def send(case):
                self.send(case)

            send()
        for method in ORDER:
            successes = sum(
                self.statuses[method.upper(), status]
                for status in (200, 201, 202, 204)
            )
            self.assertGreater(successes, 0, method)
