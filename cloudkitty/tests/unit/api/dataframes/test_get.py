# SPDX-License-Identifier: Apache-2.0
"""``GET /v2/dataframes``."""

from cloudkitty.storage import base as storage_base
from cloudkitty.tests import base
from cloudkitty.tests.fakes import api
from cloudkitty.tests.fakes import storage as fake_storage
from cloudkitty.tests.unit.api.dataframes import case


class TestGet(base.TestCase):
    def test_storage_unavailable(self):
        class Broken(fake_storage.FakeStorage):
            def retrieve(self, query):
                raise storage_base.StorageError("host=secret")

        conf = self.make_conf(default={"auth_strategy": "noauth"})
        app = api.make_app(self, conf=conf, storage=Broken(conf))
        self.assertNotIn("secret", app.get(case.URL, status=503).text)

    def test_max_limit(self):
        conf = self.make_conf(
            default={"auth_strategy": "noauth"}, api={"max_limit": 3}
        )
        app = api.make_app(
            self, conf=conf, storage=fake_storage.FakeStorage(conf)
        )
        app.post_json(
            case.URL, {"dataframes": [case.frame(*[case.point()] * 5)]}
        )
        page = app.get(f"{case.URL}?limit=5").json
        self.assertEqual(5, page["total"])
        self.assertEqual(3, len(page["dataframes"][0]["usage"]["cpu"]))
