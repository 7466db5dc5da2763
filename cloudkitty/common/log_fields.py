# SPDX-License-Identifier: Apache-2.0
"""The vocabulary of the log: one key for one fact, in every line.

``LOG.info(*log_fields.event("task claimed", task_id=12, scope_id="a"))`` logs
``task claimed task_id=12 scope_id=a``. The JSON formatter of oslo.log writes
the same keys and values under ``args``, and the same ``msg`` for each event.
"""

import datetime
import json
import re
import typing

#: Each key that a line may have, and its meaning; the page of the log lists
#: them. No key holds a payload or a secret.
KEYS = {
    "task_id": "id of a task",
    "batch_id": "id of the batch of a task",
    "scope_id": "identifier of a scope",
    "metric": "``alt_name`` of a metric",
    "begin": "beginning of the first period",
    "end": "end of the last period",
    "attempt": "number of the failed attempt, and the most: ``2/10``",
    "until": "time of the next attempt",
    "seconds": "duration",
    "points": "rated points",
    "periods": "periods",
    "periods_total": "periods of the task",
    "periods_kept": "periods whose stored points were kept",
    "periods_emptied": "periods whose stored points were deleted",
    "periods_fewer_points": "periods that have fewer points than before",
    "no_data": "periods without any sample",
    "tasks": "number of tasks",
    "scopes": "number of scopes",
    "metrics": "number of metrics, or their names",
    "attempts": "number of attempts",
    "rated": "scopes that were rated",
    "failed": "scopes that failed",
    "busy": "scopes that another worker holds",
    "lost": "scopes that were changed during the work",
    "deferred": "scopes put off because a server is away",
    "mode": "mode of a task",
    "state": "new state",
    "active": "whether a scope is rated",
    "last": "beginning of the last rated period",
    "was": "the same before the change",
    "before": "limit of a purge",
    "price": "sum of prices",
    "events": "number of events of tasks",
    "totals": "number of totals of tasks",
    "notes": "number of notes of tasks",
    "requests": "number of keys of requests",
    "series": "number of series",
    "types": "types of numbers in an index",
    "number": "number of the scopes that are done",
    "hours": "value of an option in hours",
    "least_hours": "least value that has an effect",
    "period_seconds": "length of a period",
    "removed": "number of files that were deleted",
    "kept": "number of files or points that were kept",
    "count": "number of things that the event names",
    "token": "number of a claim",
    "shards": "numbers of shards",
    "module": "name of a rating or API module",
    "enabled": "whether a module is enabled",
    "priority": "priority of a module",
    "missing": "protections that the host lacks",
    "pid": "id of a process",
    "worker": "kind and number of a worker",
    "host": "name of the host",
    "path": "path of a file",
    "place": "file and line",
    "rule": "name of a policy rule",
    "user": "id of a user",
    "method": "HTTP method",
    "status": "HTTP status",
    "request_id": "id of a request",
    "line": "request line of a request",
    "event_type": "type of a notification",
    "fetcher": "the source of the scopes",
    "collector": "name of the collector",
    "index": "name of an index",
    "retention_policy": "name of a retention policy",
    "option": "name and value of an option",
    "unit": "what failed",
    "port": "number of a port",
    "cause": "what does not work",
    "closed_before": "end of the closed periods of a scope",
    "preview": "id of the batch of a preview",
    "matched": "tasks that match a filter",
    "changed": "tasks that were changed",
    "refused": "tasks that were not changed",
    "error": "the cause, without secrets",
}

_PLAIN = re.compile(r"[^\s\"=\\\x00-\x1f\x7f]+")


class _Quoted(str):
    """A text that is quoted in a line, and as it is in JSON."""

    __slots__ = ()

    def __str__(self) -> str:
        return json.dumps(str.__str__(self), ensure_ascii=False)


def event(
    text: str, /, **fields: typing.Any
) -> tuple[str, dict[str, typing.Any]] | tuple[str]:
    """Return the arguments of a log call.

    :param text: the name of the event; constant, without values.
    :param fields: keys of ``KEYS``. None omits the field. Times are written
        in ISO 8601, durations in seconds with three digits.
    """
    values = {
        key: _value(value)
        for key, value in fields.items()
        if value is not None
    }
    if not values:
        return (text,)
    pairs = " ".join(f"{key}=%({key})s" for key in values)
    return f"{text} {pairs}", values


def _value(value: typing.Any) -> typing.Any:
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, bool | int):
        return value
    text = str(value)
    # A scope id or the text of an error may have spaces and line breaks.
    return text if _PLAIN.fullmatch(text) else _Quoted(text)
