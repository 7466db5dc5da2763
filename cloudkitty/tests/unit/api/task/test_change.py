# SPDX-License-Identifier: Apache-2.0
"""``/v2/task/{id}``: show and change one task."""

import json

from cloudkitty.api import error_codes
from cloudkitty.tests.fakes import api as fake_api
from cloudkitty.tests.unit.api.task import case
from cloudkitty.tests.unit.api.task import test_read

ADMIN = fake_api.persona("admin")
MEMBER = fake_api.persona("member", "reader")


class TestChange(case.TaskCase):
    def setUp(self):
        super().setUp()
        self.post()
        [task] = self.tasks()
        self.url = f"/v2/task/{task.id}"

    def patch(self, status=200, url=None, **body):
        return self.app.patch(
            url or self.url,
            json.dumps(body),
            content_type="application/json",
            status=status,
        ).json

    def refuse(self, status, code, *words, **kwargs):
        answer = self.patch(status=status, **kwargs)
        self.assertEqual(code, answer["errors"][0]["code"])
        for word in words:
            self.assertIn(word, answer["message"])

    def test_detail_contains_the_fields_of_lists(self):
        shown = self.app.get(self.url).json
        [listed] = self.app.get(case.URL).json
        self.assertEqual(listed, {key: shown[key] for key in listed})
        self.assertEqual(
            list(test_read.sample("task-get-response")), list(shown)
        )

    def test_reason_is_stored(self):
        self.patch(state="paused", reason=" wait ")
        self.patch(state="scheduled")
        events = self.app.get(self.url).json["events"]
        self.assertEqual(
            [
                (None, "scheduled", None),
                ("scheduled", "paused", "wait"),
                ("paused", "scheduled", None),
            ],
            [(e["from_state"], e["to_state"], e["why"]) for e in events],
        )
        for reason in ("", " ", 5, "x" * 4001):
            self.refuse(
                400,
                error_codes.ARGUMENT_INVALID,
                "send",
                state="paused",
                reason=reason,
            )

    def test_samples(self):
        asked = test_read.sample("task-patch-request")
        told = test_read.sample("task-patch-response")
        answer = self.patch(**asked)
        self.assertEqual(list(told), list(answer))
        self.assertEqual(told["state"], answer["state"])

    def test_pause_resume_and_cancel(self):
        for state in ("paused", "scheduled", "cancelled"):
            answer = self.patch(state=state)
            self.assertEqual(state, answer["state"])
            self.assertEqual(answer, self.app.get(self.url).json)
        self.refuse(
            409,
            error_codes.TASK_STATE_CONFLICT,
            "cancelled",
            "it has ended",
            state="scheduled",
        )

    def test_window_of_a_cancelled_task_is_free(self):
        self.post(status=400)
        self.patch(state="cancelled")
        self.post()

    def test_states_that_only_processors_set(self):
        for state in ("running", "succeeded", "failed", "", None, 5, []):
            self.refuse(
                400,
                error_codes.ARGUMENT_INVALID,
                "send",
                "paused",
                state=state,
            )
        self.refuse(400, error_codes.ARGUMENT_MISSING)
        self.refuse(400, error_codes.ARGUMENT_UNKNOWN, state="paused", more=1)

    def test_missing_tasks(self):
        for task_id in ("0", "999999999"):
            url = f"/v2/task/{task_id}"
            self.refuse(
                404, error_codes.TASK_NOT_FOUND, url=url, state="paused"
            )
            self.app.get(url, status=404)
        self.app.get("/v2/task/999999999/periods", status=404)
        for segment in ("9" * 30, "-1", "a", "1.0", "%D9%A1"):
            answer = self.app.get(f"/v2/task/{segment}", status=404).json
            self.assertEqual(
                error_codes.PATH_UNKNOWN, answer["errors"][0]["code"]
            )

    def test_other_methods(self):
        answer = self.app.delete(self.url, status=405)
        self.assertEqual("GET, HEAD, PATCH, OPTIONS", answer.headers["Allow"])


class TestPersonas(case.TaskCase):
    auth_strategy = "keystone"

    def test_only_administrators_have_access(self):
        self.post(headers=ADMIN)
        [task] = self.tasks()
        url = f"/v2/task/{task.id}"
        body = json.dumps({"state": "cancelled"})
        common = {"content_type": "application/json"}
        self.app.get(url, headers=MEMBER, status=403)
        self.app.patch(url, body, headers=MEMBER, status=403, **common)
        self.assertEqual([task], self.tasks())
        self.app.get(f"{url}/periods", headers=MEMBER, status=403)
        self.app.get(url, headers=ADMIN)
        self.app.get(f"{url}/periods", headers=ADMIN)
        self.app.patch(url, body, headers=ADMIN, **common)
        last = self.app.get(url, headers=ADMIN).json["events"][-1]
        self.assertEqual(
            ("cancelled", "user-1"), (last["to_state"], last["by"])
        )
