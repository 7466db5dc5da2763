# SPDX-License-Identifier: Apache-2.0
"""Valid bodies of ``POST /v2/dataframes``."""

import decimal
import json

from cloudkitty.api.v2.dataframes import parsing
from cloudkitty.tests.fakes import api
from cloudkitty.tests.fakes import storage as fake_storage
from cloudkitty.tests.unit.api.dataframes import case

D = decimal.Decimal


class TestAdd(case.DataframesCase):
    def test_samples(self):
        self.app.post_json(case.URL, case.sample("dataframes-add"), status=204)
        self.assertEqual(
            case.sample("dataframes"), self.app.get(case.URL).json
        )

    def test_equal_points_are_stored_twice(self):
        self.post(case.frame(case.point()))
        self.post(case.frame(case.point()), case.frame(case.point()))
        got = self.app.get(case.URL).json
        self.assertEqual(3, got["total"])
        self.assertEqual(3, len(got["dataframes"][0]["usage"]["cpu"]))

    def test_scope_of_each_point(self):
        self.post(
            case.frame(
                case.point(),
                case.point(
                    groupby={"project_id": "q/ 1"}, metadata={"a": "b"}
                ),
            ),
            case.frame(case.point(groupby={"project_id": "p"}), metric="ram"),
        )
        self.assertEqual(
            [
                ("p", "project_id", "cpu"),
                ("q/ 1", "project_id", "cpu"),
                ("p", "project_id", "ram"),
            ],
            [
                (r.scope_id, r.scope_key, r.metric)
                for r in self.storage.records
            ],
        )

    def test_other_scope_key(self):
        conf = self.make_conf(
            default={"auth_strategy": "noauth"},
            collect={"scope_key": "tenant"},
        )
        storage = fake_storage.FakeStorage(conf)
        app = api.make_app(self, conf=conf, storage=storage)
        body = {"dataframes": [case.frame(case.point())]}
        answer = app.post_json(case.URL, body, status=400)
        self.assertIn("tenant", answer.json["message"])
        body = {
            "dataframes": [case.frame(case.point(groupby={"tenant": "t"}))]
        }
        app.post_json(case.URL, body, status=204)
        [record] = storage.records
        self.assertEqual(("t", "tenant"), (record.scope_id, record.scope_key))

    def test_digits_are_preserved(self):
        for text, stored in (
            (
                "0.1234567890123456789012345678",
                "0.1234567890123456789012345678",
            ),
            (
                '"0.1234567890123456789012345678"',
                "0.1234567890123456789012345678",
            ),
            ("1e3", "1000"),
            ('"-.5"', "-0.5"),
            ("123456789012345678901234", "123456789012345678901234"),
            ("1e-300", "0"),
            ("0.30000000000000004e-15", "0.0000000000000003000000000000"),
        ):
            body = json.dumps(
                {"dataframes": [case.frame(case.point(vol="V"))]}
            )
            self.send(body.replace('"V"', f'{{"unit": "", "qty": {text}}}'))
            self.assertEqual(
                D(stored), self.storage.records[-1].point.qty, text
            )
            self.storage._records = ()

    def test_sum_of_the_largest_numbers(self):
        largest = "9" * parsing.DIGITS
        self.post(
            *[
                case.frame(
                    *[
                        case.point(
                            vol={"unit": "", "qty": largest},
                            rating={"price": largest},
                        )
                    ]
                    * 100
                )
            ]
        )
        [row] = self.app.get("/v2/summary").json["results"]
        self.assertEqual(100 * (10**24 - 1), row[2])

    def test_attributes_become_strings(self):
        self.post(
            case.frame(
                case.point(
                    metadata={
                        "text": "é",
                        "none": None,
                        "number": 7,
                        "fraction": 0.5,
                        "flag": True,
                        "list": [1, 2.5, {"a": None}],
                        "": "no name",
                    }
                )
            )
        )
        [record] = self.storage.records
        self.assertEqual(
            {
                "text": "é",
                "none": "",
                "number": "7",
                "fraction": "0.5",
                "flag": "true",
                "list": '[1, 2.5, {"a": null}]',
                "": "no name",
            },
            record.point.metadata,
        )

    def test_digits_of_a_number_in_an_attribute(self):
        body = json.dumps(
            {"dataframes": [case.frame(case.point(metadata="M"))]}
        )
        for text, stored in (
            ("0.5", "0.5"),
            ("1e2", "100.0"),
            ("0.12345678901234567890123", "0.12345678901234567890123"),
            ("[12345678901234567.5]", '["12345678901234567.5"]'),
        ):
            self.send(body.replace('"M"', f'{{"a": {text}}}'))
            self.assertEqual(
                {"a": stored}, self.storage.records[-1].point.metadata
            )
