# SPDX-License-Identifier: Apache-2.0
"""Columns of tasks, batches, processors and rules."""

import collections.abc
import datetime
import json
import typing

from cliff import columns as cliff_columns

from cloudkitty.client import http

#: Header and value of a column.
Column = tuple[str, collections.abc.Callable[[http.Item], typing.Any]]
Rows = tuple[tuple[str, ...], list[tuple[typing.Any, ...]]]


class Json(cliff_columns.FormattableColumn[typing.Any]):
    """A list or an object: one line of JSON for each item."""

    def human_readable(self) -> str:
        if isinstance(self._value, list):
            return "\n".join(json.dumps(item) for item in self._value)
        return json.dumps(self._value)


class Counts(cliff_columns.FormattableColumn[typing.Any]):
    """Numbers by state; zeros are not shown."""

    def human_readable(self) -> str:
        return ", ".join(
            f"{count} {name}" for name, count in self._value.items() if count
        )


class Approval(cliff_columns.FormattableColumn[typing.Any]):
    """The approval of a batch, or that it awaits one."""

    def __str__(self) -> str:
        return self.human_readable()

    def human_readable(self) -> str:
        found = self._value
        if not found["approved_by"]:
            return "awaits the approval of another user"
        return (
            f"approved by {found['approved_by']} at {found['approved_at']}, "
            f"preview {found['preview_batch_id']}, digest {found['digest']}"
        )


def rows(
    columns: collections.abc.Sequence[Column],
    items: collections.abc.Iterable[http.Item],
) -> Rows:
    """Return headers and values, as cliff takes them."""
    return (
        tuple(header for header, _ in columns),
        [tuple(value(item) for _, value in columns) for item in items],
    )


def one(item: http.Item) -> tuple[tuple[str, ...], tuple[typing.Any, ...]]:
    """Return names and values of all fields of a resource."""
    return tuple(item), tuple(_shown(*field) for field in item.items())


def field(name: str) -> collections.abc.Callable[[http.Item], typing.Any]:
    """Return the value of a field, ``None`` if the API has none."""
    return lambda item: item.get(name)


def window_end(task: http.Item) -> str | None:
    """Return the exclusive end of a task's window.

    ``end_reprocess_time`` is the beginning of the last period.
    """
    last, seconds = task["end_reprocess_time"], task["period_seconds"]
    if not seconds:
        # Created by upstream: the processor's period is not known here.
        return f"period at {last}"
    begin = datetime.datetime.fromisoformat(last)
    return str(begin + datetime.timedelta(seconds=seconds))


def _failed_attempts(task: http.Item) -> int:
    """Return the failed attempts; older APIs call them ``attempts``."""
    return int(task.get("failed_attempts") or task.get("attempts") or 0)


def _periods(item: http.Item) -> str:
    return f"{item['periods_done']}/{item['periods_total']}"


def _price(when: str) -> collections.abc.Callable[[http.Item], typing.Any]:
    return lambda batch: (batch.get("totals") or {}).get(when)


def _shown(name: str, value: object) -> object:
    if name == "states":
        return Counts(value)
    if name == "approval" and isinstance(value, dict):
        return Approval(value)
    return Json(value) if isinstance(value, list | dict) else value


TASK: list[Column] = [
    ("ID", field("id")),
    ("Scope ID", field("scope_id")),
    ("State", field("state")),
    ("Mode", field("mode")),
    ("Begin", field("start_reprocess_time")),
    ("End", window_end),
    ("Periods", _periods),
    ("Kept", field("periods_kept")),
    ("Failed Attempts", _failed_attempts),
    ("Last Error", field("last_error")),
]
TASK_LONG: list[Column] = [
    *TASK,
    ("Reason", field("reason")),
    ("Batch ID", field("batch_id")),
    ("Current", field("current_reprocess_time")),
    ("Period Seconds", field("period_seconds")),
    ("Created At", field("created_at")),
    ("Started At", field("started_at")),
    ("Finished At", field("finished_at")),
]
TASK_DETAILS: list[Column] = [
    ("Created By", field("created_by")),
    ("Next Attempt At", field("next_attempt_at")),
    ("Seconds Left", field("seconds_left")),
    ("Before", _price("before")),
    ("After", _price("after")),
]
CHANGED: list[Column] = [
    ("ID", field("id")),
    ("Scope ID", field("scope_id")),
    ("State", field("state")),
    ("Periods", _periods),
    ("Last Error", field("last_error")),
]
COUNTED: list[Column] = [
    ("Matched", field("matched")),
    ("Changed", field("changed")),
    ("Dry Run", field("dry_run")),
    ("Refused", field("refused_total")),
]
NOTE: list[Column] = [
    ("Begin", field("begin")),
    ("End", field("end")),
    ("Kind", field("kind")),
    ("Metric", field("metric")),
    ("Detail", field("detail")),
]
BATCH: list[Column] = [
    ("Batch ID", field("batch_id")),
    ("Reason", field("reason")),
    ("Mode", field("mode")),
    ("Begin", field("begin")),
    ("End", field("end")),
    ("States", lambda batch: Counts(batch["states"])),
    ("Periods", _periods),
    ("Kept", field("periods_kept")),
    ("Empty", field("periods_empty")),
    ("Before", _price("before")),
    ("After", _price("after")),
]
BATCH_LONG: list[Column] = [
    *BATCH,
    ("Tasks", field("total")),
    ("Created At", field("created_at")),
    ("Created By", field("created_by")),
    ("Started At", field("started_at")),
    ("Finished At", field("finished_at")),
    ("Next Attempt At", field("next_attempt_at")),
    ("Seconds Left", field("seconds_left")),
    ("Not Before", field("not_before")),
    ("Max Running", field("max_running")),
]
WORKER: list[Column] = [
    ("Host", field("host")),
    ("Kind", field("kind")),
    ("Worker", field("worker")),
    ("PID", field("pid")),
    ("Version", field("version")),
    ("Alive", field("alive")),
    ("Started At", field("started_at")),
    ("Last Seen At", field("last_seen_at")),
    ("Stopped At", field("stopped_at")),
    ("Tasks", field("tasks")),
    ("Task ID", field("task_id")),
    ("Scope ID", field("scope_id")),
    ("Next Look At", field("next_look_at")),
]
RULE: list[Column] = [
    ("Kind", field("kind")),
    ("ID", field("id")),
    ("Metric", field("metric")),
    ("Field", field("field")),
    ("Value", field("value")),
    ("Level", field("level")),
    ("Type", field("type")),
    ("Cost", field("cost")),
    ("Group", field("group")),
    ("Scope ID", field("tenant_id")),
    ("Start", field("start")),
    ("End", field("end")),
]
