# SPDX-License-Identifier: Apache-2.0
"""The examples in the documentation of hashmap are worked out by it."""

import csv
import decimal
import pathlib
import re

import cloudkitty
from cloudkitty import dataframe
from cloudkitty.db.rules import module_states
from cloudkitty.rating import loader
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests.fakes import api

TABLE = (
    pathlib.Path(cloudkitty.__file__).parents[1]
    / "doc/source/user/hashmap-examples.csv"
)
HASHMAP = "/v1/rating/module_config/hashmap"
AT = base.utc("2026-11-22T13:00")
#: ``flat 2``, ``flavor m1 rate 1.5``, ``from 2 flat 10``,
#: ``ram from 4 flat 1 in group memory``
RULE = re.compile(
    r"(?:(?P<field>flavor|ram) )?"
    r"(?:(?P<threshold>from )?(?P<value>\S+) )?"
    r"(?P<type>flat|rate) (?P<cost>\S+)"
    r"(?: in group (?P<group>\w+))?"
)


class TestExamples(base.TestCase):
    def setUp(self):
        super().setUp()
        if not TABLE.exists():
            self.skipTest("the documentation is in the source tree only")

    def post(self, kind, **body):
        return self.app.post_json(f"{HASHMAP}/{kind}", body, status=201).json

    def make(self, text):
        """Make the rule that ``text`` is about, by REST."""
        found = RULE.fullmatch(text)
        self.assertIsNotNone(found, text)
        rule = found.groupdict()
        body = {"type": rule["type"], "cost": rule["cost"]}
        if rule["field"]:
            body["field_id"] = self.fields[rule["field"]]
        else:
            body["service_id"] = self.service
        if rule["group"]:
            group = self.post("groups", name=rule["group"])
            body["group_id"] = group["group_id"]
        if rule["threshold"]:
            self.post("thresholds", level=rule["value"], **body)
        else:
            self.post("mappings", value=rule["value"], **body)

    def price(self, rules):
        """Return the price of 3 units with flavor m1 and ram 8."""
        database = databases.make_database(self)
        conf = self.make_conf(default={"auth_strategy": "noauth"})
        self.app = api.make_app(self, conf=conf, database=database)
        database.write(
            lambda session: module_states.set_enabled(session, "hashmap", True)
        )
        self.service = self.post("services", name="instance")["service_id"]
        self.fields = {
            name: self.post("fields", name=name, service_id=self.service)[
                "field_id"
            ]
            for name in ("flavor", "ram")
        }
        for text in rules.split("; "):
            self.make(text)
        frame = dataframe.DataFrame(AT, AT)
        frame.add_point(
            dataframe.DataPoint(
                "instance",
                decimal.Decimal(3),
                decimal.Decimal(0),
                {},
                {"flavor": "m1", "ram": "8"},
            ),
            "instance",
        )
        chain = loader.load_chain(loader.modules(), database, None)
        (point,) = chain.rate(frame).usage["instance"]
        return point.price

    def test_each_example(self):
        rows = list(csv.DictReader(TABLE.read_text().splitlines()))
        self.assertGreater(len(rows), 10)
        for row in rows:
            with self.subTest(row["Rules"]):
                self.assertEqual(
                    decimal.Decimal(row["Price"]), self.price(row["Rules"])
                )
