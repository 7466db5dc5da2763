# SPDX-License-Identifier: Apache-2.0
"""The header ``Idempotency-Key``."""

from cloudkitty.api import error_codes
from cloudkitty.api.v2.task import content_parsing
from cloudkitty.tests.unit.api.task import case

#: For each key of a body, a value that makes it another request.
OTHERS = {
    "scope_ids": "b",
    "start_reprocess_time": "2021-06-01 01:00:00+00:00",
    "end_reprocess_time": "2021-06-01 22:00:00+00:00",
    "reason": "another",
    "metrics": ["cpu"],
    "mode": "preview",
    "allow_empty": True,
    "force": True,
    "not_before": "2021-07-01 00:00:00+00:00",
    "max_running": 3,
}


class TestKey(case.TaskCase):
    def send(self, key, **changes):
        return self.post(headers={"Idempotency-Key": key}, **changes)

    def test_same_request_with_the_same_key(self):
        first = self.send("one")
        again = self.send("one")
        self.assertEqual(
            (first.json, first.headers["Location"]),
            (again.json, again.headers["Location"]),
        )
        self.assertEqual(1, len(self.tasks()))

    def test_same_request_without_a_key(self):
        self.send("one")
        self.post(status=400)

    def test_other_request_with_the_same_key(self):
        self.send("one")
        answer = self.send("one", scope_ids="b", status=409).json
        self.assertEqual(
            error_codes.TASK_IDEMPOTENCY_KEY_REUSED,
            answer["errors"][0]["code"],
        )
        self.assertIn("send", answer["message"])
        self.assertEqual(1, len(self.tasks()))

    def test_each_key_of_the_body_is_compared(self):
        # An order of a preview has none of the other keys: test_orders.
        self.assertEqual(
            set(content_parsing.KEYS),
            {*OTHERS, "preview_batch_id", "digest"},
        )
        self.send("one")
        for name, other in OTHERS.items():
            answer = self.send("one", **{name: other}, status=409).json
            self.assertEqual(
                error_codes.TASK_IDEMPOTENCY_KEY_REUSED,
                answer["errors"][0]["code"],
                name,
            )
        self.assertEqual(1, len(self.tasks()))

    def test_invalid_keys(self):
        for key in ("", " ", "x" * 256, "é", "a\tb"):
            answer = self.send(key, status=400).json
            self.assertEqual(
                error_codes.ARGUMENT_INVALID, answer["errors"][0]["code"]
            )
        self.assertEqual([], self.tasks())
