# SPDX-License-Identifier: Apache-2.0
"""``include`` of ``GET /v2/task``: scopes and metrics."""

import json

from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.db.scopes import updates as scope_updates
from cloudkitty.tests.fakes import api as fake_api
from cloudkitty.tests.unit.api.task import case
from cloudkitty.tests.unit.api.task import test_read

URL = "/v2/task?include=scopes,metrics"


class TestChoices(case.TaskCase):
    def test_scopes_and_metrics(self):
        answer = self.app.get(URL).json
        self.assertEqual(
            [
                {
                    "scope_id": identifier,
                    "last_processed_timestamp": "2021-07-01 00:00:00+00:00",
                    "closed_before": None,
                }
                for identifier in ("a", "b")
            ],
            answer["scopes"],
        )
        metrics = self.app.get("/v1/info/metrics").json["metrics"]
        self.assertEqual(
            [metric["metric_id"] for metric in metrics], answer["metrics"]
        )

    def test_sample(self):
        sample = test_read.sample("types-get-choices-response")
        answer = self.app.get(URL).json
        self.assertEqual(list(sample), list(answer))
        self.assertEqual(list(sample["scopes"][0]), list(answer["scopes"][0]))

    def test_inactive_scopes_are_left_out(self):
        with self.database.writer() as session:
            [state, _] = scope_queries.find(session)
            scope_updates.change(session, state.id, case.LAST, active=False)
        self.assertEqual(
            ["b"],
            [each["scope_id"] for each in self.app.get(URL).json["scopes"]],
        )

    def test_unknown_part(self):
        answer = self.app.get("/v2/task?include=rules", status=400)
        self.assertIn("scopes, metrics", json.dumps(answer.json))

    def test_metrics_that_cannot_be_read(self):
        self.conf.set_override("metrics_conf", "/none.yml", group="collect")
        self.app.get(URL, status=503)
        self.app.get("/v2/task?include=scopes")


class TestPersonas(case.TaskCase):
    auth_strategy = "keystone"

    def test_policies_of_the_parts(self):
        rules = {
            "schedule:get_task_reprocesses": "role:reader",
            "scope:get_state": "role:admin",
            "info:list_metrics_info": "role:admin",
        }
        folder = self.make_folder()
        (folder / "policy.json").write_text(json.dumps(rules))
        self.conf.set_override(
            "policy_file", str(folder / "policy.json"), group="oslo_policy"
        )
        app = fake_api.make_app(self, conf=self.conf, database=self.database)
        reader = fake_api.persona("reader")
        app.get("/v2/task", headers=reader)
        for part in ("scopes", "metrics"):
            app.get(f"/v2/task?include={part}", headers=reader, status=403)
        app.get(URL, headers=fake_api.persona("admin", "reader"))
