# SPDX-License-Identifier: Apache-2.0
"""Parsing of requests for batches."""

import dataclasses

from cloudkitty.api.request import paging
from cloudkitty.api.request import query
from cloudkitty.api.v2.task import filter_parsing
from cloudkitty.api.v2.task import parsing
from cloudkitty.db.tasks import filters as task_filters

_FILTERS = ("state", "scope_id", "mode", *filter_parsing.NAMES)


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
            "modes": parsing.modes_of("mode", args.text_list("mode")),
            **filter_parsing.read(args, period_seconds),
        },
    )
