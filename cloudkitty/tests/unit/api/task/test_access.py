# SPDX-License-Identifier: Apache-2.0
"""Access to tasks, and the allowed methods."""

from cloudkitty import conf as ck_conf
from cloudkitty.api import error_codes
from cloudkitty.tests.fakes import api as fake_api
from cloudkitty.tests.unit.api.task import case

ADMIN = fake_api.persona("admin", "member", "reader")
OTHERS = {
    "member": fake_api.persona("member", "reader"),
    "reader": fake_api.persona("reader"),
    "nothing": fake_api.persona(),
    "service": fake_api.persona("service"),
    "system": fake_api.persona("admin", system=True),
    "domain": fake_api.persona("admin", domain="default"),
}
READS = ("/v2/task", case.URL, f"{case.URL}?limit=1", f"{case.URL}/a")


class TestPersonas(case.TaskCase):
    auth_strategy = "keystone"

    def test_administrator_has_access(self):
        self.post(headers=ADMIN)
        [task] = self.tasks()
        self.assertEqual(
            ("user-1", "project-1"), (task.created_by, task.project_id)
        )
        for url in READS:
            self.app.get(url, headers=ADMIN)

    def test_other_roles_have_no_access(self):
        for name, headers in OTHERS.items():
            answer = self.post(status=403, headers=headers)
            self.assertEqual(
                error_codes.POLICY_FORBIDDEN,
                answer.json["errors"][0]["code"],
                name,
            )
            for url in READS:
                self.app.get(url, headers=headers, status=403)
        self.assertEqual([], self.tasks())

    def test_policy_is_checked_before_the_request_is_read(self):
        member = OTHERS["member"]
        self.post(status=403, headers=member, scope_ids=5)
        self.app.get(f"{case.URL}?x=y", headers=member, status=403)
        self.app.get(f"{case.URL}/nobody", headers=member, status=403)

    def test_policy_file(self):
        folder = self.make_folder()
        rules, options = folder / "policy.yaml", folder / "test.conf"
        rules.write_text('"schedule:get_task_reprocesses": "role:reader"\n')
        options.write_text(
            f"[oslo_policy]\npolicy_file = {rules}\n"
            "[DEFAULT]\nauth_strategy = keystone\n"
        )
        conf = ck_conf.make(argv=[], default_config_files=[str(options)])
        self.app = fake_api.make_app(self, conf=conf, database=self.database)
        reader = OTHERS["reader"]
        self.app.get(case.URL, headers=reader)
        self.post(status=403, headers=reader)


class TestMethods(case.TaskCase):
    def test_other_methods(self):
        for url, allowed in (
            ("/v2/task", {"GET", "HEAD", "OPTIONS", "PATCH"}),
            (case.URL, {"GET", "HEAD", "OPTIONS", "POST"}),
            (f"{case.URL}/a", {"GET", "HEAD", "OPTIONS"}),
        ):
            for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
                if method in allowed:
                    continue
                answer = self.app.request(url, method=method, status=405)
                self.assertEqual(
                    allowed, set(answer.headers["Allow"].split(", "))
                )
                self.assertEqual(
                    error_codes.METHOD_NOT_ALLOWED,
                    answer.json["errors"][0]["code"],
                )

    def test_noauth_allows_everything(self):
        self.post()
        self.app.get(case.URL)
