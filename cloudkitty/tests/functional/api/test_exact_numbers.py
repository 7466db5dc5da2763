# SPDX-License-Identifier: Apache-2.0
"""Answers have the digits of the stored numbers, without floats between."""

import decimal
import json
import re

import hypothesis
import webtest
from hypothesis import strategies as st

from cloudkitty import dataframe
from cloudkitty.common import money
from cloudkitty.common import periods
from cloudkitty.db.tasks import records as task_records
from cloudkitty.db.tasks import totals as task_totals
from cloudkitty.orchestrator.rpc import endpoints as rpc_endpoints
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests import new_scopes
from cloudkitty.tests import routes
from cloudkitty.tests.fakes import api
from cloudkitty.tests.fakes import clock as fake_clock
from cloudkitty.tests.fakes import rpc as fake_rpc
from cloudkitty.tests.functional.api import data

D = decimal.Decimal
HASHMAP = "/v1/rating/module_config/hashmap"
WINDOW = "begin=2026-11-01&end=2026-12-01"
SCOPE = new_scopes.make("project-1")
#: What floats, contexts of 28 digits and texts of Decimal get wrong.
HARD = [
    "0",
    "0E-28",
    "0.1",
    "0.2",
    "1E-28",
    "36",
    "36.50",
    "1E+20",
    "12345678901234567.89",
    "-0.0000001",
    "999999999999999999999999.9999999999999999999999999999",
    "0.1234567890123456789012345678",
]
#: A number as JSON has it, without an exponent and needless zeros.
PLAIN = re.compile(r"-?(0|[1-9]\d*)(\.\d*[1-9])?")
#: An exponent, in a text or in a number.
EXPONENT = re.compile(r'[\[:," ]-?\d+(\.\d+)?[eE][+-]?\d+[,\]}" ]')
VALUES = st.sampled_from(HARD).map(D) | st.decimals(
    min_value=D("-1e24"), max_value=D("1e24"), places=28
)


def number(text):
    """Decode a number of JSON, without a float."""
    if not PLAIN.fullmatch(text):
        raise AssertionError(f"{text} is not plain")
    return D(text)


def parse(answer):
    """Return a body; its numbers are Decimals, and all of them are plain."""
    return json.loads(answer.body, parse_float=number, parse_int=number)


@databases.on_each()
class ExactNumbers:
    backend: str

    def setUp(self):
        super().setUp()
        conf = self.make_conf(default={"auth_strategy": "noauth"})
        self.services = api.make_services(
            self, conf, databases.make_database(self, self.backend, conf)
        )
        self.services.storage.init()
        self.app = webtest.TestApp(api.wsgi_of(self.services))

    def get(self, path):
        return parse(self.app.get(path, status=200))

    def store(self, pairs):
        """Store points of one hour, with these quantities and prices."""
        frame = dataframe.DataFrame(data.BEGIN, data.BEGIN + data.HOUR)
        for place, (qty, price) in enumerate(pairs):
            frame.add_point(
                dataframe.DataPoint(
                    "u", qty, price, {"project_id": "project-1"}, {}
                ),
                f"metric-{place:03}",
            )
        self.services.storage.replace(
            SCOPE, periods.Window(frame.start, frame.end), [frame]
        )

    def check_sums(self, pairs):
        qty, price = (money.total(each) for each in zip(*pairs, strict=True))
        [[*_, shown_qty, shown_price]] = self.get(f"/v2/summary?{WINDOW}")[
            "results"
        ]
        self.assertEqual((qty, price), (shown_qty, shown_price))
        [row] = self.get(f"/v2/summary?{WINDOW}&response_format=object")[
            "results"
        ]
        self.assertEqual((qty, price), (row["qty"], row["rate"]))
        total = self.get(f"/v1/report/total?{WINDOW}&all_tenants=1")
        self.assertEqual(price, number(total))
        [item] = self.get(f"/v1/report/summary?{WINDOW}&all_tenants=1")[
            "summary"
        ]
        rounded = price.quantize(D("0.00001"), context=decimal.Context(65))
        self.assertEqual(rounded, number(item["rate"]))
        if rounded == price:
            self.assertEqual(total, item["rate"])

    def check_points(self, pairs):
        [frame] = self.get(f"/v2/dataframes?{WINDOW}")["dataframes"]
        self.assertEqual(
            pairs,
            [
                (point["vol"]["qty"], point["rating"]["price"])
                for _, [point] in sorted(frame["usage"].items())
            ],
        )
        found = self.get(f"/v1/storage/dataframes?{WINDOW}")["dataframes"]
        resources = [item for each in found for item in each["resources"]]
        self.assertEqual(
            pairs,
            [
                (number(item["volume"]), number(item["rating"]))
                for item in sorted(resources, key=lambda each: each["service"])
            ],
        )

    def check(self, pairs):
        self.store(pairs)
        self.check_sums(pairs)
        self.check_points(pairs)

    def test_hard_values(self):
        self.check([(D(one), D(two)) for one in HARD[:4] for two in HARD])
        for one in HARD:
            self.check([(D(one), D(one))])

    def test_the_sum_of_the_report(self):
        self.store(
            [
                (D(1), D(price))
                for price in ("12345678901234567.89", "0.1", "0.2", "1e-28")
            ]
        )
        got = self.app.get(f"/v1/report/total?{WINDOW}&all_tenants=1")
        self.assertEqual(
            b'"12345678901234568.1900000000000000000000000001"', got.body
        )
        got = self.app.get(f"/v2/summary?{WINDOW}")
        self.assertIn(
            b"4, 12345678901234568.1900000000000000000000000001]", got.body
        )

    def test_costs_of_rules(self):
        made = self.app.post_json(f"{HASHMAP}/services", {"name": "cpu"})
        owner = {"service_id": made.json["service_id"]}
        for place, cost in enumerate(
            ["0", "1E-28", "-0.5", "999999999999.0000000000000000000000000001"]
        ):
            answers = [
                self.app.post_json(
                    f"{HASHMAP}/{kind}", {**owner, "cost": cost, **more}
                )
                for kind, more in (
                    ("mappings", {"tenant_id": f"t{place}"}),
                    ("thresholds", {"level": f"{place}E-8"}),
                )
            ]
            for answer in answers:
                again = self.app.get(answer.location)
                changed = self.app.put_json(answer.location, again.json)
                for each in (answer, again, changed):
                    self.check_costs(each.json, cost)
            self.assertEqual(
                f"0.0000000{place}", answers[1].json["level"], cost
            )

    def check_costs(self, shown, cost):
        self.assertRegex(shown["cost"], r"^-?\d+\.\d{28}$")
        self.assertEqual(D(cost), D(shown["cost"]))

    def test_totals_of_a_task(self):
        data.fill(self.services, ["project-2"])
        task = data.begin_task(self.services, "project-2", "b" * 32)
        totals = [
            task_records.TaskTotal(
                metric=f"metric-{place}",
                before=task_records.Amount(
                    points=1, price=D(value), qty=D(value)
                ),
            )
            for place, value in enumerate(HARD)
        ]
        self.services.database.write(
            lambda session: task_totals.replace(session, task.id, totals)
        )
        shown = self.app.get(f"/v2/task/{task.id}").json["totals"]
        self.assertEqual(
            {
                f"metric-{place}": (D(value), D(value))
                for place, value in enumerate(HARD)
            },
            {
                total["metric"]: (
                    number(total["before"]["qty"]),
                    number(total["before"]["price"]),
                )
                for total in shown
            },
        )

    def test_no_answer_has_an_exponent(self):
        """The paths are discovered, so new ones are included."""
        data.fill(self.services)
        self.store([(D("1E-20"), D("0E-28")), (D("1E+20"), D("1E-9"))])
        made = self.app.post_json(f"{HASHMAP}/services", {"name": "cpu"})
        self.app.post_json(
            f"{HASHMAP}/mappings",
            {"service_id": made.json["service_id"], "cost": "0"},
        )
        asked = 0
        for route in routes.find(self.services):
            if "GET" not in route.methods:
                continue
            answer = self.app.get(route.sample, expect_errors=True)
            asked += answer.status_int == 200
            self.assertNotRegex(answer.text, EXPONENT, route.path)
            json.loads(answer.text or "null", parse_constant=self.fail)
        self.assertGreater(asked, 20)


class TestGeneratedNumbers(ExactNumbers, base.TestCase):
    """Any values, on the database that is quick to fill."""

    backend = "sqlite"

    def test_any_values(self):
        @hypothesis.given(
            st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=8)
        )
        @hypothesis.settings(max_examples=60, deadline=None, database=None)
        def check(pairs):
            self.check(pairs)

        check()


class TestQuote(base.TestCase):
    """The answer of a processor, and its form in the API."""

    def test_all_digits_without_an_exponent(self):
        for price, text in (
            ("0E-28", "0"),
            ("1E-20", "0.00000000000000000001"),
            ("1E+3", "1000"),
            ("6.000000000000000000000000000", "6"),
        ):
            self.assertEqual(text, self.of_processor(price))
            rpc = fake_rpc.FakeRpc(price=D(price))
            app = api.make_app(self, rpc=rpc)
            got = app.post_json("/v1/rating/quote", {"resources": []})
            self.assertEqual(f'"{text}"', got.text)

    def of_processor(self, price):
        class Chain:
            def rate(self, frame):
                points = [point for _, point in frame.iterpoints()]
                return dataframe.DataFrame(
                    frame.start,
                    frame.end,
                    {"cpu": [point.set_price(D(price)) for point in points]},
                )

        endpoint = rpc_endpoints.RatingEndpoint(
            Chain, fake_clock.FakeClock(api.NOW), 3600
        )
        usage = {"cpu": [{"vol": {"qty": "1"}, "desc": {}}]}
        return endpoint.quote({}, {"usage": usage})
