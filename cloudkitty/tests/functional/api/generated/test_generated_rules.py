# SPDX-License-Identifier: Apache-2.0
"""No request to hashmap fails with 500 or creates conflicting rules.

``CLOUDKITTY_TEST_FUZZ`` says how many requests are generated; all go to one
database, so that later ones meet what earlier ones made.
"""

import itertools
import json

import hypothesis
from hypothesis import strategies as st

from cloudkitty.db.rules import load as hashmap_rules
from cloudkitty.db.rules import mappings as hashmap_mappings
from cloudkitty.db.rules import thresholds as hashmap_thresholds
from cloudkitty.policies import hashmap
from cloudkitty.rating.editing import validity
from cloudkitty.rating.hashmap.editing import owners
from cloudkitty.rating.hashmap.editing import slots
from cloudkitty.tests import databases
from cloudkitty.tests.fakes import api
from cloudkitty.tests.functional.api.generated import request_values as common
from cloudkitty.tests.functional.api.generated import test_generated_requests

KINDS = ("service", "field", "group", "mapping", "threshold")
NOBODY = "00000000-0000-0000-0000-000000000000"
#: The clock shows the 22nd.
TIMES = st.sampled_from(
    [
        "2026-11-01",
        "2026-11-22T12:30:00",
        "2026-11-23T00:00:00Z",
        "2026-11-24T00:00:00+05:30",
        "2026-11-25",
        "20261124T000000Z",
        "20261126",
        "3000-01-01T23:59:59",
    ]
)
NUMBERS = st.sampled_from(
    [
        0,
        1,
        -1,
        0.1,
        "0.95",
        "1e-28",
        0.95 * 3,
        1e300,
        "NaN",
        "-0",
        "1" * 30,
        "1e12",
    ]
)
TENANTS = st.sampled_from([None, "a", "A", "a ", "", "\N{ROCKET}"])
FEW = st.sampled_from(["m1", "M1", "m2", "", None])
BOOLEANS = st.sampled_from([True, False, "true", "no", 0, None, "maybe"])
PLAUSIBLE = {
    "name": st.sampled_from(
        # The first one is taken.
        ["there", "cpu", "Cpu", "n" * 32, "n" * 33, "n" * 256]
    )
    | st.text(min_size=1, max_size=5),
    "value": FEW,
    "cost": NUMBERS,
    "level": NUMBERS,
    "type": st.sampled_from(["flat", "rate", "RATE", None]),
    "tenant_id": TENANTS,
    "description": FEW,
    "start": TIMES,
    "end": TIMES,
    "created_at": TIMES,
    "deleted": TIMES,
    **dict.fromkeys(("created_by", "updated_by", "deleted_by"), FEW),
    **dict.fromkeys(
        (
            "force",
            "recursive",
            "no_group",
            "filter_tenant",
            "is_active",
            "all",
        ),
        BOOLEANS,
    ),
}
#: Kind -> attributes of a request that creates one.
ATTRIBUTES = {
    "service": ("name",),
    "field": ("name", "service_id"),
    "group": ("name",),
    "mapping": ("cost", "type", "value", "tenant_id", "start", "end"),
    "threshold": ("level", "cost", "type", "tenant_id"),
}
#: Attributes of a request that changes a price.
PRICE = ("cost", "start", "force")


@databases.on_each()
class GeneratedRules:
    """One database may refuse a value that another takes."""

    backend: str

    def setUp(self):
        super().setUp()
        self.requests = test_generated_requests.REQUESTS
        if self.backend != "sqlite":
            self.requests = max(self.requests // 3, 1)
        conf = self.make_conf(default={"auth_strategy": "keystone"})
        self.database = databases.make_database(self, self.backend, conf)
        self.wsgi = api.wsgi_of(api.make_services(self, conf, self.database))
        service = owners.create_service(self.database, "there").service_id
        self.ids = {
            "service": [NOBODY, service],
            "field": [
                owners.create_field(self.database, service, "f").field_id
            ],
            "group": [owners.create_group(self.database, "there").group_id],
            "mapping": [NOBODY],
            "threshold": [NOBODY],
        }
        self.statuses = set()

    def ident(self, draw, kind, most=8):
        """Return one of the last ids; draw only its index."""
        place = draw(st.integers(0, most))
        known = self.ids[kind]
        return known[-1 - place % len(known)] if place < most else "word"

    def value(self, draw, name):
        if draw(st.integers(0, 25)) == 7:
            return draw(common.JSON)
        kind = name.removesuffix("_id")
        if kind in KINDS:
            return (
                self.ident(draw, kind, 3) if draw(st.integers(0, 3)) else None
            )
        return draw(PLAUSIBLE[name])

    def body(self, draw, path, method):
        of = path.split("/")[5]
        kind = next((k for k in KINDS if of == f"{k}s"), None)
        names = set()
        if path.endswith("/price"):
            names.update(PRICE)
        elif method in ("POST", "PUT"):
            names.update(ATTRIBUTES[kind])
            if kind in ("mapping", "threshold"):
                names.add(draw(st.sampled_from(["service_id", "field_id"])))
        if f"{{{kind}_id}}" not in path and method in ("PUT", "DELETE"):
            names.add(f"{kind}_id")
        drop = []
        # Rarely: most bodies without an argument, or with another one, are
        # invalid.
        if draw(st.integers(0, 3)) == 3:
            more = [*PLAUSIBLE, *(f"{each}_id" for each in KINDS)]
            names.update(draw(st.lists(st.sampled_from(more), max_size=1)))
            drop = draw(st.lists(st.sampled_from(sorted(names or {"x"}))))
        return {
            name: self.value(draw, name)
            for name in sorted(names)
            if name not in drop[:2]
        }

    def environ(self, draw):
        operation = draw(st.sampled_from(hashmap.OPERATIONS[1:]))
        path, method = operation["path"], operation["method"]
        body = self.body(draw, path, method)
        for kind in KINDS:
            path = path.replace(f"{{{kind}_id}}", self.ident(draw, kind))
        raw = json.dumps(body).encode("ascii") if body else b""
        persona = {
            "HTTP_" + name.upper().replace("-", "_"): value
            for name, value in api.persona("admin").items()
        }
        return {
            **persona,
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": draw(
                st.sampled_from([""] * 12 + ["force=true", "deleted=1", "x"])
            ),
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(raw)),
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8889",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": raw,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }

    def learn(self, answer):
        """Record the created objects."""
        if answer.status == 201:
            made = json.loads(answer.body)
            # The change of a price has the old mapping as well.
            made = made.get("new", made)
            kind = next(k for k in KINDS if next(iter(made)) == f"{k}_id")
            self.ids[kind].append(made[f"{kind}_id"])

    def test_no_errors_and_no_conflicting_rules(self):
        @hypothesis.given(st.data())
        @hypothesis.settings(
            max_examples=self.requests,
            database=None,
            deadline=None,
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        def send(data):
            environ = self.environ(data.draw)
            answer = test_generated_requests.Answer(self.wsgi, environ)
            self.assertLess(answer.status, 500, answer.body)
            self.statuses.add(answer.status)
            self.learn(answer)

        send()
        self.check()

    def check(self):
        """The references of all readable rules are consistent."""
        with self.database.reader() as session:
            mappings = hashmap_mappings.find(
                session, hashmap_mappings.Filters()
            )
            thresholds = hashmap_thresholds.find(
                session, hashmap_thresholds.Filters()
            )
            hashmap_rules.load(session, "a")
        names = [mapping.name for mapping in mappings]
        self.assertEqual(len(set(names)), len(names))
        for one, other in itertools.combinations(mappings, 2):
            if slots.slot(one) == slots.slot(other):
                self.assertFalse(
                    validity.Validity.of(one).overlaps(
                        validity.Validity.of(other)
                    )
                )
        levels = [
            (t.level, t.service_id, t.field_id, t.group_id, t.tenant_id)
            for t in thresholds
        ]
        self.assertEqual(len(set(levels)), len(levels))
        if self.requests >= 1000:
            # Of so many, all kinds must have come.
            self.assertLessEqual({200, 201, 204, 400, 404, 409}, self.statuses)
