# SPDX-License-Identifier: Apache-2.0
"""What the unit tests stand on: an administrator, and a scripted API.

Horizon's helpers fail a test that opens a connection.
"""

import contextlib
import typing
from unittest import mock

from django.core.cache import cache
from openstack_dashboard.test import helpers

from cloudkitty_reprocess_dashboard import client
from cloudkitty_reprocess_dashboard import names

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
        "scope_ids": ["id-blue", "id-green", "id-unknown"],
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
