# SPDX-License-Identifier: Apache-2.0
"""Points as rows of ``rated_data_frames``, and rows as points."""

import collections.abc
import datetime
import decimal
import functools
import json
import typing

from cloudkitty import dataframe
from cloudkitty.common import money
from cloudkitty.common import scopes
from cloudkitty.db import rated_data_frames
from cloudkitty.storage import attributes
from cloudkitty.storage import base
from cloudkitty.storage import checks as storage_checks
from cloudkitty.storage.v1.sqlalchemy import prices

Row = dict[str, typing.Any]

_QUANTUM = decimal.Decimal(1).scaleb(-rated_data_frames.QTY_PLACES)
_CONTEXT = decimal.Context(prec=money.DIGITS)
_DIGITS_BEFORE = rated_data_frames.QTY_DIGITS - rated_data_frames.QTY_PLACES
#: Too large for the column ``qty``.
_TOO_LARGE = decimal.Decimal(10) ** _DIGITS_BEFORE
_LONGEST_NAME = 255
#: One object for all points: the storage of version 2 looks a series up by
#: the identities of its mappings. Never to be changed.
_NO_METADATA: collections.abc.Mapping[str, str] = {}


def check_scope(scope: scopes.Scope, scope_key: str) -> None:
    """Check that the table can store points of the scope.

    :param scope_key: ``[collect] scope_key``.
    :raises cloudkitty.storage.base.Unstorable: if it cannot.
    """
    if scope.scope_key != scope_key:
        raise base.Unstorable(
            "rated_data_frames has no column for the scope key: only scopes "
            f"under [collect] scope_key = {scope_key} can be written"
        )
    storage_checks.check_name(
        scope.identifier, rated_data_frames.TENANT_LENGTH, "scope_id"
    )


def encode(
    scope: scopes.Scope, frames: collections.abc.Iterable[dataframe.DataFrame]
) -> list[Row]:
    """Return the rows of the frames' points, in their order.

    :raises cloudkitty.storage.base.Unstorable: if a point cannot be stored.
    """
    found = []
    for frame in frames:
        period = {
            "begin": frame.start,
            "end": frame.end,
            "tenant_id": scope.identifier,
        }
        for metric, points in frame.itertypes():
            _check_metric(metric)
            found += [{**period, **_of_point(metric, p)} for p in points]
    return found


def no_data(
    scope: scopes.Scope, begin: datetime.datetime, end: datetime.datetime
) -> Row:
    """Return upstream's row of a rated period without a point."""
    return {
        "begin": begin,
        "end": end,
        "tenant_id": scope.identifier,
        "res_type": rated_data_frames.NO_DATA,
        "unit": "None",
        "qty": decimal.Decimal(0),
        "rate": 0.0,
        "desc": json.dumps(""),
    }


def as_stored(
    point: dataframe.DataPoint, *, single: bool
) -> dataframe.DataPoint:
    """Return ``point`` as it is read after it was stored.

    :param single: whether prices have single precision.
    :raises cloudkitty.storage.base.Unstorable: if it cannot be stored.
    """
    price = storage_checks.check_number(point.price, "")
    return dataframe.DataPoint(
        _unit(point.unit),
        money.canonical(_qty(point.qty, "")),
        money.canonical(prices.stored(price, single=single)),
        attributes.storable(point.desc),
        {},
        None,
    )


def decode(row: typing.Any, *, single: bool) -> dataframe.DataPoint:
    """Return the point of a fetched row.

    :param row: with ``unit``, ``qty``, ``rate`` and ``desc``.
    """
    return dataframe.DataPoint(
        row.unit,
        money.canonical(row.qty or decimal.Decimal(0)),
        money.canonical(prices.shortest(row.rate, single=single)),
        _attributes(row.desc),
        _NO_METADATA,
        None,
    )


def _of_point(metric: str, point: dataframe.DataPoint) -> Row:
    # As upstream writes it: ASCII, which no character set can damage.
    desc = json.dumps(attributes.storable(point.desc))
    if len(desc) > rated_data_frames.DESC_LENGTH:
        raise base.Unstorable(
            f"the attributes of a point of {metric} cannot be stored: their "
            f"JSON is longer than {rated_data_frames.DESC_LENGTH} bytes"
        )
    return {
        "res_type": metric,
        "unit": _unit(point.unit),
        "qty": _qty(point.qty, metric),
        "rate": float(storage_checks.check_number(point.price, metric)),
        "desc": desc,
    }


def _unit(unit: str) -> str:
    # A display name: truncated instead of rejected.
    return attributes.clean(unit)[:_LONGEST_NAME]


def _qty(qty: decimal.Decimal, metric: str) -> decimal.Decimal:
    """Return the quantity rounded as MariaDB rounds it: half away from 0."""
    value = storage_checks.check_number(qty, metric).quantize(
        _QUANTUM, decimal.ROUND_HALF_UP, _CONTEXT
    )
    if abs(value) >= _TOO_LARGE:
        raise base.Unstorable(
            f"a quantity of {metric} cannot be stored: rated_data_frames has "
            f"{_DIGITS_BEFORE} digits before the point; use a larger unit, or "
            "[storage] version = 2"
        )
    return value


def _check_metric(metric: str) -> None:
    if metric == rated_data_frames.NO_DATA:
        raise base.Unstorable(
            f"a metric named {metric} cannot be stored: rated_data_frames "
            "uses this name for periods without points"
        )
    storage_checks.check_name(metric, _LONGEST_NAME, "metric")


# The points of one resource have the same attributes for a day.
@functools.lru_cache(maxsize=4096)
def _attributes(text: str) -> collections.abc.Mapping[str, str]:
    """Return the attributes of ``desc``; shared, never to be changed."""
    try:
        # Numbers keep their digits as written.
        found = json.loads(text, parse_float=str, parse_int=str)
    except ValueError:
        # Cut off by a server without strict mode. The price still counts.
        found = None
    return attributes.storable(found if isinstance(found, dict) else {})
