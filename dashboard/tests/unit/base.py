# SPDX-License-Identifier: Apache-2.0
"""What the unit tests stand on: an administrator, and a scripted API.

Horizon's helpers fail a test that opens a connection.
"""

import contextlib
import typing
from unittest import mock

from django.contrib.messages.storage import cookie
from django.core.cache import cache
from openstack_dashboard.test import helpers

from cloudkitty_reprocess_dashboard import client
from cloudkitty_reprocess_dashboard import names
from cloudkitty_reprocess_dashboard import policies

PROJECTS = {"id-blue": "blue", "id-green": "green"}


def batch(**fields: typing.Any) -> client.Item:
    """Return the JSON of a batch."""
    return {
        "batch_id": "batch-1",
        "reason": "A wrong price",
        "mode": "reprocess",
        "created_at": "2026-11-02 08:15:02+00:00",
        "created_by": "user-1",
        "total": 4,
        "states": {"scheduled": 2, "running": 1, "failed": 1},
        "periods_total": 96,
        "periods_done": 24,
        "progress": 0.25,
        "begin": "2026-11-01 00:00:00+00:00",
        "end": "2026-11-02 00:00:00+00:00",
        "seconds_left": 310,
        "totals": {"before": "12.64", "after": "10.112"},
        "first_scope_ids": ["id-blue", "id-green", "id-unknown"],
        "selected_metrics": None,
        "allow_empty": False,
        "periods_kept": 0,
        "periods_empty": 0,
        "started_at": None,
        "finished_at": None,
        "next_attempt_at": None,
        "preview_batch_id": None,
        "order_batch_ids": [],
        **fields,
    }


def task(**fields: typing.Any) -> client.Item:
    """Return the JSON of a task in a list."""
    return {
        "id": 7,
        "scope_id": "id-blue",
        "state": "failed",
        "progress": 0.25,
        "periods_total": 24,
        "periods_done": 6,
        "failed_attempts": 3,
        "last_error": "the collector does not answer",
        "next_attempt_at": None,
        "seconds_left": None,
        "totals": {"before": "3.16", "after": None},
        **fields,
    }


def shown_batch(*tasks: client.Item, **fields: typing.Any) -> client.Item:
    """Return the JSON of a batch with a page of its tasks."""
    return batch(
        **{
            "metrics": [
                {
                    "metric": "instance",
                    "before": "12.64",
                    "after": "10.112",
                    "difference": "-2.528",
                }
            ],
            "failing": [],
            "digest": None,
            "tasks": list(tasks),
            "tasks_total": len(tasks),
            **fields,
        }
    )


def choices(**fields: typing.Any) -> client.Item:
    """Return the JSON of what a new order can select."""
    return {
        "task_types": ["reprocesses"],
        "period_seconds": 3600,
        "max_periods": 100000,
        "max_reason": 4000,
        "metrics": ["instance", "volume.size"],
        "scopes": [
            {
                "scope_id": f"id-{name}",
                "last_processed_timestamp": "2026-11-05T22:00:00+00:00",
            }
            for name in ("green", "blue")
        ],
        **fields,
    }


class TestCase(helpers.BaseAdminViewTests):
    """Requests to the panel; ``self.sent`` are those to the rating API."""

    def setUp(self) -> None:
        super().setUp()
        cache.clear()
        for name, value in (
            ("of_projects", PROJECTS),
            ("of_users", {"user-1": "alice"}),
        ):
            patch = mock.patch.object(
                names, name, autospec=True, return_value=value
            )
            patch.start()
            self.addCleanup(patch.stop)
        self.sent: list[tuple[str, str, dict[str, typing.Any]]] = []

    def _setup_test_data(self) -> None:
        super()._setup_test_data()
        self.service_catalog.append(
            {
                "type": "rating",
                "name": "cloudkitty",
                "endpoints": [
                    {
                        "region": "RegionOne",
                        "interface": kind,
                        "url": "http://rating.example:8889",
                    }
                    for kind in ("admin", "internal", "public")
                ],
            }
        )

    def assert_message(self, response, part: str) -> None:
        """Assert that a message of the response contains a text."""
        texts = [
            message.message
            for message in cookie.CookieStorage(None)._decode(
                response.cookies["messages"].value
            )
        ]
        self.assertIn(part, "\n".join(texts))

    @contextlib.contextmanager
    def refusing(self, rule: tuple[str, str]):
        """Deny a policy rule; the user has all others."""
        with mock.patch.object(
            policies, "allowed", lambda _request, *rules: rule not in rules
        ):
            yield

    @contextlib.contextmanager
    def api(self, *answers: client.Answer | client.RatingError | None):
        """Answer requests to the rating API, in this order."""
        left = list(answers)

        def send(_client, method, path, **arguments):
            self.sent.append((method, path, arguments))
            answer = left.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

        with mock.patch.object(client.Client, "_send", send):
            yield
        self.assertEqual([], left)
