# SPDX-License-Identifier: Apache-2.0
"""Parsing of requests for batches."""

import dataclasses
import datetime

from cloudkitty.api.request import body
from cloudkitty.api.request import paging
from cloudkitty.api.request import query
from cloudkitty.api.request import validate
from cloudkitty.api.request import validate_time
from cloudkitty.api.v2.task import parsing
from cloudkitty.db.tasks import filters as task_filters

_FILTERS = (
    "state",
    "scope_id",
    "reason",
    "created_by",
    "begin",
    "end",
    "created_after",
    "created_before",
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Parameters of a list of batches."""

    args: query.Query
    page: paging.Page
    filters: task_filters.Filters


def read_listing(period_seconds: int) -> Listing:
    """Return the parameters of a list from the current query.

    :param period_seconds: ``[collect] period``.
    """
    args = query.read(*_FILTERS, *paging.NAMES)
    return Listing(
        args=args,
        page=paging.read(args),
        filters={
            "states": parsing.states_of("state", args.text_list("state")),
            "scope_ids": args.text_list("scope_id"),
            "reason": _text(args, "reason"),
            "created_by": _text(args, "created_by"),
            "created_after": _time(args, "created_after"),
            "created_before": _time(args, "created_before"),
            "overlap": _overlap(args, period_seconds),
        },
    )


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
