# SPDX-License-Identifier: Apache-2.0
"""Responses of ``/v2/summary``.

The columns of a row depend on ``groupby``, so rows are plain JSON. The other
attributes have WSME types.
"""

import typing

import wsme.types

from cloudkitty.api import ordered
from cloudkitty.api import provisional as ck_provisional
from cloudkitty.api import timestamps
from cloudkitty.storage import base as storage_base


class Row(wsme.types.UserType):
    """One row: a list in ``table`` format, an object in ``object`` format."""

    basetype = object
    name = "row"


class Table(ordered.Base):
    """Rows as lists; ``columns`` contains the names of their items."""

    total = int
    columns = [wsme.types.text]
    results = [Row()]
    format = wsme.types.text
    #: Windows that tasks are changing: their sums may contain new points.
    provisional = [ck_provisional.Window]


class Objects(ordered.Base):
    """Rows as objects."""

    total = int
    results = [Row()]
    format = wsme.types.text
    provisional = [ck_provisional.Window]


def empty(as_objects: bool) -> Table | Objects:
    """Return the response without rows."""
    return shape(storage_base.Totals(total=0, rows=()), as_objects, [])


def shape(
    totals: storage_base.Totals | storage_base.CustomTotals,
    as_objects: bool,
    provisional: list[ck_provisional.Window],
) -> Table | Objects:
    """Return the wire form of ``totals``.

    :param provisional: windows of it that tasks are changing.
    """
    rows = [_row(row) for row in totals.rows]
    if as_objects:
        return Objects(
            total=totals.total,
            results=rows,
            format="object",
            provisional=provisional,
        )
    return Table(
        total=totals.total,
        columns=list(rows[0]) if rows else [],
        results=[list(row.values()) for row in rows],
        format="table",
        provisional=provisional,
    )


def _row(
    row: storage_base.TotalRow | storage_base.CustomRow,
) -> dict[str, typing.Any]:
    return {
        "begin": timestamps.iso(row.begin),
        "end": timestamps.iso(row.end),
        **row.values,
        **row.groups,
    }
