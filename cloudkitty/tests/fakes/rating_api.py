# SPDX-License-Identifier: Apache-2.0
"""The rating API as the client's commands see it (``client.http.Api``)."""

import collections
import types

from cloudkitty.client import http


class FakeApi:
    """Gives scripted responses, the last one of a path for ever.

    :param responses: path -> list of responses; an exception is raised, and
        the response to a POST is its ``Location``.
    :ivar requests: (method, path, query or body) so far.
    :ivar repeated: whether each POST is repeated without a response.
    """

    def __init__(self, responses):
        self._responses = {
            path: collections.deque(found) for path, found in responses.items()
        }
        self.requests = []
        self.repeated = []

    def get(self, path, query=None):
        return self._answer("GET", path, list(query or []))

    def patch(self, path, body):
        return self._answer("PATCH", path, body)

    def post(self, path, body, headers, *, repeat=True):
        self.repeated.append(repeat)
        found = self._answer("POST", path, body)
        return types.SimpleNamespace(
            headers={"Location": found}, json=lambda: found
        )

    def _answer(self, method, path, content):
        self.requests.append((method, path, content))
        left = self._responses.get(path)
        if left is None:
            raise http.ApiError(404, f"no {path}")
        found = left.popleft() if len(left) > 1 else left[0]
        if isinstance(found, Exception):
            raise found
        return found


def task(task_id=7, state="succeeded", totals=(), **fields):
    """Return the JSON of a task with its details."""
    return {
        "id": task_id,
        "scope_id": "project-1",
        "state": state,
        "mode": "reprocess",
        "batch_id": "batch-1",
        "reason": "a wrong price",
        "start_reprocess_time": "2026-11-01 00:00:00+00:00",
        "end_reprocess_time": "2026-11-01 23:00:00+00:00",
        "current_reprocess_time": None,
        "period_seconds": 3600,
        "periods_total": 24,
        "periods_done": 6,
        "periods_kept": 0,
        "attempts": 0,
        "last_error": None,
        "totals": list(totals),
        **fields,
    }


def total(metric="instance", before="336", after="96"):
    """Return the JSON of the totals of a metric."""

    def amount(price):
        if price is None:
            return None
        return {"points": 48, "qty": "48", "price": price}

    return {
        "metric": metric,
        "before": amount(before),
        "after": amount(after),
        "comparison": None,
    }


def page(*items, total=None):
    """Return the JSON of the last page of a list."""
    return {
        "results": list(items),
        "total": len(items) if total is None else total,
        "links": [],
    }


def batch(**states):
    """Return the JSON of a batch of tasks with 24 periods.

    :param states: number of tasks by state.
    """
    return {
        "batch_id": "batch-1",
        "states": states,
        "periods_total": 24 * sum(states.values()),
        "periods_done": 24 * states.get("succeeded", 0),
        "periods_kept": 0,
    }
