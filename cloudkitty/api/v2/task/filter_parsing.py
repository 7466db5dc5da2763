# SPDX-License-Identifier: Apache-2.0
"""Filters of lists of tasks and of batches, in a query."""

import datetime

from cloudkitty.api.request import body
from cloudkitty.api.request import query
from cloudkitty.api.request import validate
from cloudkitty.api.request import validate_time
from cloudkitty.db.tasks import filters as task_filters

#: The parameters that ``read`` reads, for ``query.read``.
NAMES = (
    "reason",
    "reason_contains",
    "created_by",
    "begin",
    "end",
    "created_after",
    "created_before",
)


def read(args: query.Query, period_seconds: int) -> task_filters.Filters:
    """Return the filters of a query; a missing parameter selects every task.

    :param period_seconds: ``[collect] period``.
    """
    return {
        "reason": _text(args, "reason"),
        "reason_contains": _text(args, "reason_contains"),
        "created_by": _text(args, "created_by"),
        "created_after": _time(args, "created_after"),
        "created_before": _time(args, "created_before"),
        "overlap": _overlap(args, period_seconds),
    }


def _overlap(
    args: query.Query, period_seconds: int
) -> task_filters.Overlap | None:
    begin, end = _time(args, "begin"), _time(args, "end")
    if begin is None and end is None:
        return None
    if begin is not None and end is not None and begin >= end:
        raise validate.invalid(
            "end", args.one("end"), "is not after begin", "a later time"
        )
    return task_filters.Overlap(
        begin=begin, end=end, period_seconds=period_seconds
    )


def _text(args: query.Query, name: str) -> str | None:
    if name not in args:
        return None
    return validate.text(name, args.one(name), max_length=body.MAX_BYTES)


def _time(args: query.Query, name: str) -> datetime.datetime | None:
    if name not in args:
        return None
    return validate_time.time(name, args.one(name))
