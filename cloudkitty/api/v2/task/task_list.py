# SPDX-License-Identifier: Apache-2.0
"""``GET /v2/task/reprocesses``: lists of tasks."""

import collections.abc
import typing

from sqlalchemy import orm

from cloudkitty.api import fast_types
from cloudkitty.api.request import hooks
from cloudkitty.api.request import paging
from cloudkitty.api.v2.task import parsing
from cloudkitty.api.v2.task import rows as ck_rows
from cloudkitty.api.v2.task import types
from cloudkitty.db.tasks import queries as task_queries
from cloudkitty.db.tasks import records as task_records
from cloudkitty.tasks import rows

#: The response: with ``include=details`` the items are rows.
Response = (
    list[types.ReprocessText]
    | paging.Envelope[types.ReprocessText]
    | list[ck_rows.Row]
    | paging.Envelope[ck_rows.Row]
)
_Shown = list[fast_types.Rendered] | list[ck_rows.Row]


def read(listing: parsing.Listing, period_seconds: int) -> typing.Any:
    """Return the tasks, as a plain list or in pages.

    :param period_seconds: ``[collect] period``.
    """
    services = hooks.services()
    page = listing.page
    total = None
    with services.database.reader() as session:
        # Read one more row to find out whether there is a next page.
        which: task_queries.Listing = {
            **listing.filters,
            "ascending": listing.ascending,
            "offset": page.offset,
            "limit": page.limit + 1,
            "marker": listing.marker,
        }
        found, results = _read(session, listing, which, period_seconds)
        if page.asked:
            total = services.row_counts.tasks(
                session,
                services.clock.monotonic(),
                found[0].id if found and listing.from_newest else None,
                **listing.filters,
            )
    link = paging.next_link(
        listing.args,
        page,
        shown=len(results),
        total=page.offset + len(found),
        marker=str(found[len(results) - 1].id) if results else None,
    )
    if total is not None:
        return paging.envelope(results, total, link)
    paging.add_header(link)
    return results


def _read(
    session: orm.Session,
    listing: parsing.Listing,
    which: task_queries.Listing,
    period_seconds: int,
) -> tuple[collections.abc.Sequence[task_records.ListedTask], _Shown]:
    """Return the tasks, with one more, and the items of the page."""
    limit = listing.page.limit
    if not listing.details:
        found = task_queries.find_listed(session, **which)
        return found, [
            types.rendered(task, period_seconds) for task in found[:limit]
        ]
    tasks = task_queries.find(session, **which)
    return tasks, [
        ck_rows.Row.of_row(row, period_seconds)
        for row in rows.of(session, tasks[:limit], period_seconds)
    ]
