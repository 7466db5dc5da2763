# SPDX-License-Identifier: Apache-2.0
"""Without the options of ``[reprocess]`` no answer mentions governance.

``governance_off.txt`` has the answers of the last revision without governance
(73f1d8d), recorded with ``answers``. Lines begin with ``>`` (request) and
``<`` (answer).
"""

import itertools
import json
import pathlib
import re
import uuid

from cloudkitty.tasks import governance
from cloudkitty.tests.fakes import api as fake_api
from cloudkitty.tests.fakes import notifications as fake_notifications
from cloudkitty.tests.unit.api.task import case

#: Keys and states that only governance adds.
WORDS = (
    "approval",
    "approved",
    "awaiting_approval",
    "closed_before",
    "digest",
    "force",
    "held_by",
    "max_running",
    "not_before",
    "run_windows",
)
RECORDED = pathlib.Path(__file__).with_name("governance_off.txt")
#: Later additions that are no part of governance, and the time of the run.
_LATER = re.compile(
    r', "waiting": (?:null|\{[^}]*\})(?=\}$)'
    r'|, "started_at": [^{}]*"order_batch_ids": \[\](?=, "failing")'
    r'|, "user": [^{}]*, "processor": [^{}]*(?=\})'
)
_TIME = re.compile(r'("scope_activation_toggle_date": )"[^"]*"')
JSON = {"Content-Type": "application/json"}


def answers(test, conf, database, told=None):
    """Yield (request, bytes of the answer) of a day of an operator.

    The answers of two runs are equal: ids are not drawn.
    """
    numbers = itertools.count(1)
    test.patch(uuid, "uuid4", lambda: uuid.UUID(int=next(numbers)))
    app = fake_api.make_app(test, conf=conf, database=database, told=told)
    batch = ""
    for method, url, body in (
        ("POST", case.URL, {**case.BODY, "scope_ids": "a,b"}),
        ("POST", case.URL, {**case.BODY, "mode": "preview"}),
        ("POST", case.URL, case.BODY),
        ("GET", case.URL, None),
        ("GET", f"{case.URL}?limit=1&state=scheduled", None),
        ("GET", f"{case.URL}/a", None),
        ("GET", "/v2/task/1", None),
        ("GET", "/v2/task/3", None),
        ("GET", "/v2/task/batches/{batch}", None),
        ("PATCH", "/v2/task/1", {"state": "paused", "reason": "wait"}),
        ("PATCH", "/v2/task/1", {"state": "succeeded"}),
        ("PATCH", "/v2/task/batches/{batch}", {"state": "scheduled"}),
        ("PATCH", "/v2/task/batches/{batch}", {"state": "cancelled"}),
        ("GET", "/v2/task/2", None),
        ("GET", "/v2/scope", None),
        ("PATCH", "/v2/scope", {"scope_id": "a", "active": False}),
        (
            "PUT",
            "/v2/scope",
            {"scope_id": "b", "last_processed_timestamp": "2021-06-01"},
        ),
    ):
        answer = app.request(
            url.format(batch=batch),
            method=method,
            headers=JSON,
            body=b"" if body is None else json.dumps(body).encode(),
            expect_errors=True,
        )
        batch = batch or answer.location.rpartition("=")[2]
        yield f"{method} {url} {body}", answer.body


def recorded():
    """Return (request, answer) pairs of the file."""
    lines = [
        line[2:]
        for line in RECORDED.read_text(encoding="utf-8").splitlines()
        if line[0] in "<>"
    ]
    return list(zip(lines[::2], lines[1::2], strict=True))


class TestOff(case.TaskCase):
    maxDiff = None

    def test_rules(self):
        self.assertEqual(governance.OFF, governance.Rules.of(self.conf))

    def test_no_answer_mentions_it(self):
        told = fake_notifications.FakeNotifications()
        found = dict(answers(self, self.conf, self.database, told))
        found["notifications"] = json.dumps(told.sent).encode()
        self.assertGreater(len(told.sent), 3)
        for request, body in found.items():
            for word in WORDS:
                self.assertNotIn(f'"{word}"'.encode(), body, request)

    def test_the_bytes_of_each_answer_are_as_before(self):
        told = fake_notifications.FakeNotifications()
        found = [
            (request, _TIME.sub(r'\1"<time>"', _LATER.sub("", body.decode())))
            for request, body in answers(self, self.conf, self.database, told)
        ]
        found.append(("notifications", json.dumps(told.sent)))
        self.assertGreater(len(found), 15)
        self.assertEqual(recorded(), found)

    def test_the_words_appear_with_an_option(self):
        """The search finds the words once an option is set."""
        self.conf.set_override("approval_above", 1, group="reprocess")
        found = dict(answers(self, self.conf, self.database))
        text = b"".join(found.values())
        for word in ("approval", "awaiting_approval", "digest"):
            self.assertIn(f'"{word}"'.encode(), text)
