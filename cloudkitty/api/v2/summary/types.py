# SPDX-License-Identifier: Apache-2.0
"""What ``/v2/summary`` sends.

Which columns a row has depends on ``groupby``, so rows are plain JSON here;
all else is described.
"""

import typing

import wsme.types

from cloudkitty.api import provisional as ck_provisional
from cloudkitty.api import wire
from cloudkitty.storage import base as storage_base


class Row(wsme.types.UserType):
    """One row: a list in ``table`` format, an object in ``object`` format."""

    basetype = object
    name = "row"


class Table(wsme.types.Base):
    """Rows as lists; ``columns`` says what is where."""

    total = int
    columns = [wsme.types.text]
    results = [Row()]
    format = wsme.types.text
    #: Windows that tasks are changing: there, sums may be in part the new.
    provisional = [ck_provisional.Window]


class Objects(wsme.types.Base):
    """Rows as objects."""

    total = int
    results = [Row()]
    format = wsme.types.text
    provisional = [ck_provisional.Window]


def empty(as_objects: bool) -> Table | Objects:
    """Return the answer without rows."""
    return shape(storage_base.Totals(total=0, rows=()), as_objects, [])


def shape(
    totals: storage_base.Totals,
    as_objects: bool,
    provisional: list[ck_provisional.Window],
) -> Table | Objects:
    """Return the wire form of ``totals``.

    :param provisional: what tasks are changing of it.
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


def _row(row: storage_base.TotalRow) -> dict[str, typing.Any]:
    return {
        "begin": wire.iso(row.begin),
        "end": wire.iso(row.end),
        "qty": row.qty,
        "rate": row.rate,
        **row.groups,
    }
