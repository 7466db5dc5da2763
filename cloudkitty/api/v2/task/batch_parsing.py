# SPDX-License-Identifier: Apache-2.0
"""Parsing of requests for batches."""

import dataclasses

from cloudkitty.api.request import paging
from cloudkitty.api.request import query
from cloudkitty.api.request import validate
from cloudkitty.api.v2.task import filter_parsing
from cloudkitty.api.v2.task import parsing
from cloudkitty.db.tasks import batch_tasks
from cloudkitty.db.tasks import filters as task_filters

#: Parameters of the tasks of one batch.
_OF_TASKS = ("state", "scope_id", *paging.NAMES)
_FILTERS = ("state", "scope_id", "mode", *filter_parsing.NAMES)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Parameters of a list of batches."""

    args: query.Query
    page: paging.Page
    filters: task_filters.Filters
    overview: bool


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Parameters of one batch; ``tasks`` is None without ``include=tasks``."""

    tasks: batch_tasks.Listing | None


def read_listing(period_seconds: int) -> Listing:
    """Return the parameters of a list from the current query.

    :param period_seconds: ``[collect] period``.
    """
    args = query.read(*_FILTERS, "include", *paging.NAMES)
    return Listing(
        args=args,
        page=paging.read(args),
        filters={
            "states": parsing.states_of("state", args.text_list("state")),
            "scope_ids": args.text_list("scope_id"),
            "modes": parsing.modes_of("mode", args.text_list("mode")),
            **filter_parsing.read(args, period_seconds),
        },
        overview="overview" in parsing.included(args, "overview"),
    )


def read_parts(batch_id: str) -> Parts:
    """Return the parameters of a batch from the current query.

    :param batch_id: the checked id in the path.
    """
    args = query.read("include", *_OF_TASKS)
    if "tasks" not in parsing.included(args, "tasks"):
        for name in _OF_TASKS:
            if name in args:
                raise validate.invalid(
                    name,
                    args.one(name),
                    "selects tasks, which are not included",
                    "it with include=tasks",
                )
        return Parts(tasks=None)
    page = paging.read(args)
    return Parts(
        tasks=batch_tasks.Listing(
            batch_id=batch_id,
            states=parsing.states_of("state", args.text_list("state")),
            scope_ids=args.text_list("scope_id"),
            offset=page.offset,
            limit=page.limit,
        )
    )
