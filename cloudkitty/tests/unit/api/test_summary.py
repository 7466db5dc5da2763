# SPDX-License-Identifier: Apache-2.0
"""The samples of ``GET /v2/summary`` and their requests."""

import json
import pathlib

import cloudkitty
from cloudkitty.storage import base as storage_base
from cloudkitty.tests import base
from cloudkitty.tests import new_scopes
from cloudkitty.tests.contract.storage import usage
from cloudkitty.tests.fakes import api
from cloudkitty.tests.fakes import storage as fake_storage

SAMPLES = (
    pathlib.Path(cloudkitty.__file__).parents[1] / "api-ref/source/samples"
)
PROJECT = "0a5c23f1d1b84d2a8a4a7d3b5b1c9e10"
NOVEMBER = "/v2/summary?begin=2026-11-01&end=2026-12-01&groupby=type"


def sample(name):
    return json.loads((SAMPLES / f"{name}.json").read_text())


def kinds(value):
    """Return the shape of JSON: its keys and the types of its values."""
    if isinstance(value, dict):
        return {key: kinds(item) for key, item in value.items()}
    return type(value)


class TestSamples(base.TestCase):
    def setUp(self):
        super().setUp()
        conf = self.make_conf(default={"auth_strategy": "noauth"})
        self.app = api.make_app(
            self, conf=conf, storage=fake_storage.FakeStorage(conf)
        )
        usage = {}
        for metric, qty, price in (
            ("instance", "96", "4.8"),
            ("volume.size", "12000", "2.4"),
        ):
            usage[metric] = [
                {
                    "vol": {"unit": "", "qty": qty},
                    "rating": {"price": price},
                    "groupby": {"project_id": PROJECT},
                    "metadata": {},
                }
            ]
        frame = {
            "period": {"begin": "2026-11-01", "end": "2026-11-01T01:00"},
            "usage": usage,
        }
        self.app.post_json("/v2/dataframes", {"dataframes": [frame]})

    def check(self, name, query):
        shown = sample(name)
        got = self.app.get(f"{NOVEMBER}{query}").json
        for window in shown["provisional"]:
            self.assertEqual(
                {"scope_id": str, "task_id": int, "begin": str, "end": str},
                kinds(window),
            )
        del shown["provisional"], got["provisional"]
        self.assertEqual(shown, got)

    def test_table(self):
        self.check("summary-table", "")

    def test_object(self):
        self.check(
            "summary-object",
            f"&filters=type:instance,project_id:{PROJECT}"
            "&response_format=object",
        )


class _WithColumns(fake_storage.FakeStorage):
    """Answers with the requested columns."""

    def custom_total(self, query, groupby, fields):
        [row] = self.total(query, groupby).rows
        values = {
            field.alias: f"{field.function}({field.field})" for field in fields
        }
        return storage_base.CustomTotals(
            total=1,
            rows=[
                storage_base.CustomRow(
                    begin=row.begin,
                    end=row.end,
                    values=values,
                    groups=row.groups,
                )
            ],
        )


class TestCustomFields(base.TestCase):
    def setUp(self):
        super().setUp()
        conf = self.make_conf(default={"auth_strategy": "noauth"})
        storage = _WithColumns(conf)
        frame = usage.frame(0, cpu=[usage.point()])
        storage.add({new_scopes.make("p1"): [frame]})
        self.app = api.make_app(self, conf=conf, storage=storage)

    def get(self, custom_fields, **more):
        return self.app.get(
            "/v2/summary",
            {
                "begin": "2020-01-01",
                "end": "2030-01-01",
                "groupby": "type",
                "custom_fields": custom_fields,
            },
            **more,
        ).json

    def test_columns(self):
        got = self.get("SUM(qty) AS qty,last(unit)")
        self.assertEqual(
            ["begin", "end", "qty", "last", "type"], got["columns"]
        )
        self.assertEqual(
            ["sum(qty)", "last(unit)", "cpu"], got["results"][0][2:]
        )

    def test_names_of_other_columns(self):
        for name in ("type", "begin"):
            got = self.get(f"SUM(qty) AS {name}", status=400)
            self.assertIn(f"has the name {name}", got["errors"][0]["detail"])
