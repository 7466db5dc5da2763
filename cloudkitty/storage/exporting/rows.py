# SPDX-License-Identifier: Apache-2.0
"""The columns of an export: one row for each point, every digit kept."""

import collections.abc
import datetime
import decimal
import itertools
import json
import typing

from cloudkitty import dataframe
from cloudkitty.common import money

#: Names and meanings, in the order of the columns; also in the manifest.
COLUMNS = {
    "scope_id": "identifier of the scope",
    "begin": "beginning of the period, UTC, ISO 8601",
    "end": "end of the period, exclusive, UTC, ISO 8601",
    "metric": "name of the metric",
    "unit": "unit of the quantity",
    "qty": "quantity, exact decimal number as text",
    "price": "price, exact decimal number as text",
    "groupby": "grouping attributes, JSON object",
    "metadata": "other attributes, JSON object",
    "description": "description, JSON text or null",
}
Row = tuple[str, ...]


class Read(typing.NamedTuple):
    """One row."""

    scope_id: str
    begin: datetime.datetime
    end: datetime.datetime
    metric: str
    point: dataframe.DataPoint


def of_frames(
    scope_id: str, frames: collections.abc.Iterable[dataframe.DataFrame]
) -> collections.abc.Iterator[Row]:
    """Yield the rows of frames of a scope."""
    for frame in frames:
        begin, end = time(frame.start), time(frame.end)
        for metric, point in frame.iterpoints():
            yield (
                scope_id,
                begin,
                end,
                metric,
                point.unit,
                money.text(point.qty),
                money.text(point.price),
                _dump(point.groupby),
                _dump(point.metadata),
                _dump(point.description),
            )


def parse(row: collections.abc.Sequence[str]) -> Read:
    """Return the values of a row.

    :raises ValueError: if it is not a row of an export.
    """
    scope_id, begin, end, metric, unit, qty, price, groupby, metadata, text = (
        row
    )
    try:
        numbers = decimal.Decimal(qty), decimal.Decimal(price)
    except decimal.InvalidOperation:
        raise ValueError("a quantity or price is not a number") from None
    point = dataframe.make_point(
        (
            unit,
            *numbers,
            dataframe.ImmutableDict(json.loads(groupby)),
            dataframe.ImmutableDict(json.loads(metadata)),
            json.loads(text),
        )
    )
    return Read(scope_id, instant(begin), instant(end), metric, point)


def frames(
    read: collections.abc.Iterable[Read],
) -> list[dataframe.DataFrame]:
    """Return the frames of rows, which are in the order of the export."""
    found = []
    for (begin, end), group in itertools.groupby(
        read, key=lambda row: (row.begin, row.end)
    ):
        frame = dataframe.DataFrame(begin, end)
        for row in group:
            frame.add_point(row.point, row.metric)
        found.append(frame)
    return found


def time(at: datetime.datetime) -> str:
    """Return a time as text: ``2026-10-01T00:00:00Z``."""
    naive = at.astimezone(datetime.UTC).replace(tzinfo=None)
    return f"{naive.isoformat()}Z"


def instant(text: str) -> datetime.datetime:
    """Return the time of a text of ``time``.

    :raises ValueError: for another text.
    """
    if not text.endswith("Z"):
        raise ValueError(f"{text} is not a time in UTC")
    return datetime.datetime.fromisoformat(text)


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
