# SPDX-License-Identifier: Apache-2.0
"""Closed periods in the API: ``closed_before`` and ``force``."""

import datetime

from cloudkitty import conf as ck_conf
from cloudkitty.api import error_codes
from cloudkitty.tests.fakes import api as fake_api
from cloudkitty.tests.fakes import rpc as fake_rpc
from cloudkitty.tests.unit.api.task import case

ADMIN = fake_api.persona("admin", "member", "reader")
OPERATOR = fake_api.persona("operator")
CLOSED = datetime.datetime(2021, 6, 1, 12, tzinfo=datetime.UTC)


class TestOption(case.TaskCase):
    def setUp(self):
        super().setUp()
        self.conf.set_override("closed_before", CLOSED, group="reprocess")

    def refuse(self, answer, code=error_codes.TASK_WINDOW_CLOSED):
        self.assertEqual(409, answer.json["errors"][0]["status"])
        self.assertEqual(code, answer.json["errors"][0]["code"])
        return answer.json["message"]

    def test_post(self):
        message = self.refuse(self.post(status=409))
        self.assertIn("2021-06-01 12:00:00+00:00", message)
        self.assertIn("schedule:force_task_reprocesses", message)
        self.assertEqual([], self.tasks())
        self.post(start_reprocess_time="2021-06-01T12:00")

    def test_force(self):
        self.post(force=True)
        [event] = self.app.get("/v2/task/1").json["events"]
        self.assertIn("forced", event["why"])

    def test_force_is_a_boolean(self):
        self.post(status=400, force="maybe")

    def test_preview(self):
        self.post(mode="preview")

    def test_retry_and_batch(self):
        self.post(force=True)
        task = "/v2/task/1"
        batch = f"/v2/task/batches/{self.tasks()[0].batch_id}"
        self.app.patch_json(task, {"state": "paused"})
        body = {"state": "scheduled"}
        for url in (task, batch):
            self.refuse(self.app.patch_json(url, body, status=409))
        for url in (task, batch):
            shown = self.app.patch_json(url, {**body, "force": True}).json
            self.assertTrue(shown["batch_id"])

    def test_mutable(self):
        folder = self.make_folder()
        path = folder / "test.conf"
        path.write_text("[reprocess]\nclosed_before = 2021-06-01\n")
        conf = ck_conf.make(argv=[], default_config_files=[str(path)])
        self.assertEqual(CLOSED.replace(hour=0), conf.reprocess.closed_before)
        path.write_text("[reprocess]\nclosed_before = 2021-06-01T14:00+02\n")
        conf.mutate_config_files()
        self.assertEqual(CLOSED, conf.reprocess.closed_before)

    def test_invalid(self):
        for text in ("tomorrow", "0001-01-01T00:00+14:00"):
            self.assertRaises(
                ValueError,
                self.conf.set_override,
                "closed_before",
                text,
                group="reprocess",
            )


class TestScopes(case.TaskCase):
    def patch(self, value, status=200, **options):
        return self.app.patch_json(
            "/v2/scope",
            {"scope_id": "a", "closed_before": value},
            status=status,
            **options,
        ).json

    def shown(self):
        [scope] = self.app.get("/v2/scope?scope_id=a").json["results"]
        return scope.get("closed_before")

    def test_close_and_open(self):
        self.assertIsNone(self.shown())
        shown = self.patch("2021-06-01T12:00")["closed_before"]
        self.assertEqual("2021-06-01T12:00:00+00:00", shown)
        self.assertEqual(shown, self.shown())
        self.app.patch_json("/v2/scope", {"scope_id": "a", "active": True})
        self.assertEqual(shown, self.shown())
        self.post(status=409)
        self.post(scope_ids="b")
        self.assertNotIn("closed_before", self.patch(None))
        self.assertIsNone(self.shown())
        self.post()

    def test_not_a_time(self):
        for value in ("soon", 5, "", ["2021-06-01"]):
            self.patch(value, status=400)

    def test_reset(self):
        self.patch("2021-06-01T12:00")
        for whose in ({"scope_id": "a,b"}, {"all_scopes": True}):
            answer = self.app.put_json(
                "/v2/scope",
                {"last_processed_timestamp": "2021-06-01", **whose},
                status=409,
            )
            self.assertEqual(
                error_codes.SCOPE_CLOSED, answer.json["errors"][0]["code"]
            )
        self.app.put_json(
            "/v2/scope",
            {
                "last_processed_timestamp": "2021-06-01T12:00:00",
                "scope_id": "a",
            },
            status=202,
        )


class TestPolicies(case.TaskCase):
    """A user who may do all but force and close."""

    auth_strategy = "keystone"

    def setUp(self):
        super().setUp()
        folder = self.make_folder()
        rules, options = folder / "policy.yaml", folder / "test.conf"
        rules.write_text(
            '"schedule:task_reprocesses": "role:operator or role:admin"\n'
            '"schedule:update_task_reprocesses": "role:operator"\n'
            '"scope:patch_state": "role:operator or role:admin"\n'
        )
        options.write_text(
            f"[oslo_policy]\npolicy_file = {rules}\n"
            "[DEFAULT]\nauth_strategy = keystone\n"
            "[reprocess]\nclosed_before = 2021-07-01\n"
        )
        self.conf = ck_conf.make(argv=[], default_config_files=[str(options)])
        self.app = fake_api.make_app(
            self,
            conf=self.conf,
            database=self.database,
            rpc=fake_rpc.FakeRpc(),
        )

    def test_force(self):
        self.post(status=409, headers=OPERATOR)
        self.post(status=403, headers=OPERATOR, force=True)
        self.post(headers=ADMIN, force=True)
        for url in ("1", f"batches/{self.tasks()[0].batch_id}"):
            self.app.patch_json(
                f"/v2/task/{url}",
                {"state": "scheduled", "force": True},
                headers=OPERATOR,
                status=403,
            )

    def test_close(self):
        body = {"scope_id": "a", "closed_before": "2021-06-01"}
        self.app.patch_json("/v2/scope", body, headers=OPERATOR, status=403)
        self.app.patch_json("/v2/scope", body, headers=ADMIN)
        del body["closed_before"]
        self.app.patch_json("/v2/scope", body, headers=OPERATOR)
