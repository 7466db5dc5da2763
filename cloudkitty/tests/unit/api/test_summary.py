# SPDX-License-Identifier: Apache-2.0
"""The samples of ``GET /v2/summary`` and their requests."""

import json
import pathlib

import cloudkitty
from cloudkitty.tests import base
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
