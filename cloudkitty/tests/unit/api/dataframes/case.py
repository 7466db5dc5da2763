# SPDX-License-Identifier: Apache-2.0
"""Common parts of the tests of ``POST /v2/dataframes``."""

import json
import pathlib

import cloudkitty
from cloudkitty.tests import base
from cloudkitty.tests.fakes import api
from cloudkitty.tests.fakes import storage as fake_storage

URL = "/v2/dataframes"
SAMPLES = (
    pathlib.Path(cloudkitty.__file__).parents[1] / "api-ref/source/samples"
)


def sample(name):
    return json.loads((SAMPLES / f"{name}.json").read_text())


def point(**changes):
    """Return a point without the parts that are None."""
    parts = {
        "vol": {"unit": "GiB", "qty": 1},
        "rating": {"price": 2},
        "groupby": {"project_id": "p"},
        "metadata": {},
        **changes,
    }
    return {key: part for key, part in parts.items() if part is not None}


def frame(*points, metric="cpu", **changes):
    """Return a frame of one hour."""
    return {
        "period": {"begin": "2026-11-01T00:00", "end": "2026-11-01T01:00"},
        "usage": {metric: list(points)},
        **changes,
    }


class DataframesCase(base.TestCase):
    """An API without authentication, and an empty storage."""

    def setUp(self):
        super().setUp()
        conf = self.make_conf(default={"auth_strategy": "noauth"})
        self.storage = fake_storage.FakeStorage(conf)
        self.app = api.make_app(self, conf=conf, storage=self.storage)

    def post(self, *frames, status=204):
        """Send frames."""
        return self.app.post_json(
            URL, {"dataframes": list(frames)}, status=status
        )

    def send(self, text, status=204):
        """Send a body as it is."""
        return self.app.post(
            URL, text, content_type="application/json", status=status
        )

    def refuse(self, *frames, code="rating.argument.invalid"):
        """Assert that no frame is stored; return the detail."""
        error = self.post(*frames, status=400).json["errors"][0]
        self.assertEqual(code, error["code"], error["detail"])
        self.assertEqual((), self.storage.records)
        self.assertIn(": send ", error["detail"])
        return error["detail"]
