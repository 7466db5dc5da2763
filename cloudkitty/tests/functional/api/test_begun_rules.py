# SPDX-License-Identifier: Apache-2.0
"""Rules in force are refused changes in the words that tests look for.

The steps are those of tempest's plugin, for mappings and for scripts.
"""

import webtest

from cloudkitty.tests import base
from cloudkitty.tests.fakes import api

MODULES = "/v1/rating/module_config"
ONLY_END = (
    "You are allowed to update only the attribute [end] as this rule is "
    "already running as it started on 2026-11-22 12:30:00+00:00"
)
END_FIXED = (
    "Cannot update a rule that was already processed and has a defined end "
    "date."
)
END = "3000-01-01T23:59:59"


class TestBegunRules(base.TestCase):
    def setUp(self):
        super().setUp()
        self.app = webtest.TestApp(api.make_wsgi(self))

    def check(self, url, ident, made, wanted, other):
        """Send what tempest does; the id is in the body."""
        body = {ident: made[ident], **wanted}
        self.refuse(url, {**body, **other}, ONLY_END, next(iter(other)))
        answer = self.app.put_json(f"{url}/", {**body, "end": END})
        self.assertIn(answer.status_int, (200, 201))
        for changed in (
            {"end": "3001-01-01"},
            {"end": None},
            {**other, "end": END},
            other,
        ):
            self.refuse(url, {**body, **changed}, END_FIXED)
        self.assertEqual(END, self.app.get(f"{url}/{made[ident]}").json["end"])

    def refuse(self, url, body, *parts):
        answer = self.app.put_json(f"{url}/", body, status=400).json
        for part in parts:
            self.assertIn(part, answer["faultstring"])

    def test_mapping(self):
        url = f"{MODULES}/hashmap/mappings"
        service = self.app.post_json(
            f"{MODULES}/hashmap/services", {"name": "cpu"}
        ).json
        field = self.app.post_json(
            f"{MODULES}/hashmap/fields",
            {"name": "flavor", "service_id": service["service_id"]},
        ).json
        made = self.app.post_json(
            url, {"field_id": field["field_id"], "value": "a", "cost": 0}
        ).json
        self.check(url, "mapping_id", made, {"cost": 0}, {"value": "b"})

    def test_script(self):
        url = f"{MODULES}/pyscripts/scripts"
        made = self.app.post_json(url, {"name": "a", "data": "a = 1"}).json
        self.check(url, "script_id", made, {"name": "a"}, {"data": "a = 2"})
