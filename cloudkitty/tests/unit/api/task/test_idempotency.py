# SPDX-License-Identifier: Apache-2.0
"""The header ``Idempotency-Key``."""

from cloudkitty.api import errors
from cloudkitty.tests.unit.api.task import case


class TestKey(case.TaskCase):
    def send(self, key, **changes):
        return self.post(headers={"Idempotency-Key": key}, **changes)

    def test_sent_again_it_is_answered_as_before(self):
        first = self.send("one")
        again = self.send("one")
        self.assertEqual(
            (first.json, first.headers["Location"]),
            (again.json, again.headers["Location"]),
        )
        self.assertEqual(1, len(self.tasks()))

    def test_without_a_key_it_is_another_request(self):
        self.send("one")
        self.post(status=400)

    def test_another_request(self):
        self.send("one")
        answer = self.send("one", scope_ids="b", status=409).json
        self.assertEqual(errors.TASK_KEY_REUSED, answer["errors"][0]["code"])
        self.assertIn("send", answer["message"])
        self.assertEqual(1, len(self.tasks()))

    def test_what_is_no_key(self):
        for key in ("", " ", "x" * 256, "é", "a\tb"):
            answer = self.send(key, status=400).json
            self.assertEqual(
                errors.ARGUMENT_INVALID, answer["errors"][0]["code"]
            )
        self.assertEqual([], self.tasks())
