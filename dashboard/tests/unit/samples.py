# SPDX-License-Identifier: Apache-2.0
"""JSON of a task with its details, as the API sends it."""

import typing

from cloudkitty_reprocess_dashboard import client


def amount(points: int, price: str, **fields: typing.Any) -> client.Item:
    """Return the JSON of a number of points and their sums."""
    return {"points": points, "qty": str(points), "price": price, **fields}


def event(
    from_state: str | None, to_state: str, **fields: typing.Any
) -> client.Item:
    """Return the JSON of a change of the state."""
    return {
        "at": "2026-11-02 08:15:02+00:00",
        "from_state": from_state,
        "to_state": to_state,
        "by": "user-1",
        "why": None,
        "user": None,
        "processor": None,
        **fields,
    }


def note(kind: str, **fields: typing.Any) -> client.Item:
    """Return the JSON of exceptional periods."""
    return {
        "begin": "2026-11-01 03:00:00+00:00",
        "end": "2026-11-01 05:00:00+00:00",
        "kind": kind,
        "metric": None,
        "detail": None,
        **fields,
    }


def day(day: str, metric: str, before: str, after: str | None) -> client.Item:
    """Return the JSON of the prices of a metric on a day."""
    return {"day": day, "metric": metric, "before": before, "after": after}


def total(metric: str, **fields: typing.Any) -> client.Item:
    """Return the JSON of the totals of a metric."""
    return {
        "metric": metric,
        "before": amount(48, "16.8"),
        "after": None,
        "comparison": None,
        **fields,
    }


def task(**fields: typing.Any) -> client.Item:
    """Return the JSON of a waiting task."""
    return {
        "scope_id": "id-blue",
        "reason": "A wrong price",
        "start_reprocess_time": "2026-11-01 00:00:00+00:00",
        "end_reprocess_time": "2026-11-01 23:00:00+00:00",
        "current_reprocess_time": "2026-11-01 06:00:00+00:00",
        "id": 7,
        "state": "scheduled",
        "mode": "reprocess",
        "batch_id": "batch-1",
        "created_at": "2026-11-02 08:15:02+00:00",
        "started_at": None,
        "finished_at": None,
        "failed_attempts": 0,
        "attempts": 0,
        "last_error": None,
        "periods_total": 24,
        "periods_done": 6,
        "periods_kept": 0,
        "progress": 0.25,
        "period_seconds": 3600,
        "metrics": None,
        "allow_empty": False,
        "created_by": "user-1",
        "request_id": "req-1",
        "next_attempt_at": None,
        "seconds_left": 42,
        "place_in_queue": 3,
        "totals": [total("instance")],
        "events": [
            event(None, "scheduled", user="user-1"),
            event("scheduled", "running", processor="host:1:ab"),
        ],
        "waiting": {
            "next_look_at": "2026-11-02 08:16:00+00:00",
            "why": "every processor works on other tasks",
        },
        "periods": [],
        "periods_noted": 0,
        "days": [],
        **fields,
    }
