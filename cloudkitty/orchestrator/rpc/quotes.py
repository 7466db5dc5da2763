# SPDX-License-Identifier: Apache-2.0
"""Prices of requested usage under the current rules (quotes)."""

import collections.abc
import datetime
import decimal
import typing

from cloudkitty import dataframe
from cloudkitty.common import money
from cloudkitty.common import periods
from cloudkitty.common import rpc
from cloudkitty.common import wording
from cloudkitty.rating import base as rating_base
from cloudkitty.rating import loader as rating_loader

ZERO = decimal.Decimal(0)


def price(
    usage: object,
    chain: rating_loader.Chain,
    now: datetime.datetime,
    period_seconds: int,
) -> decimal.Decimal:
    """Return the sum of the prices of all points under the current rules.

    :param usage: ``{service: [{"desc": {...}, "vol": {...}}]}``, as received.
    :param chain: the rating modules, loaded for no particular scope.
    :raises cloudkitty.common.rpc.InvalidUsage: if the usage cannot be rated.
    """
    start = now.replace(microsecond=0)
    period = periods.Window.period_at(start, period_seconds)
    frame = dataframe.DataFrame(period.begin, period.end, _points(usage))
    try:
        rated = chain.rate(frame)
        # With the same precision as the sum of a report.
        return money.total(
            money.storable(point.price) for _, point in rated.iterpoints()
        )
    except rating_base.RatingError as error:
        raise rpc.InvalidUsage(str(error)) from error
    except decimal.DecimalException as error:
        raise rpc.InvalidUsage("the price is too large to be told") from error


def _points(usage: object) -> dict[str, list[dataframe.DataPoint]]:
    made: dict[str, list[dataframe.DataPoint]] = {}
    for service, points in _mapping("usage", usage).items():
        if not isinstance(points, list):
            raise rpc.InvalidUsage(
                f"the usage of {wording.shown(service)} is no list"
            )
        made[str(service)] = [_point(str(service), one) for one in points]
    return made


def _point(service: str, given: object) -> dataframe.DataPoint:
    given = _mapping(f"a resource of {wording.shown(service)}", given)
    volume = _mapping(f"vol of {wording.shown(service)}", given.get("vol"))
    desc = _mapping(
        f"desc of {wording.shown(service)}", given.get("desc") or {}
    )
    return dataframe.DataPoint(
        unit=str(volume.get("unit") or "undef"),
        qty=_quantity(service, volume.get("qty")),
        price=ZERO,
        groupby=_attributes("desc.groupby", desc),
        metadata=_attributes("desc.metadata", desc),
    )


def _quantity(service: str, value: object) -> decimal.Decimal:
    try:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise ValueError
        number = decimal.Decimal(str(value))
    except (decimal.InvalidOperation, ValueError):
        number = decimal.Decimal("nan")
    if not number.is_finite():
        raise rpc.InvalidUsage(
            f"the volume of {wording.shown(service)} is no number"
        )
    return number


def _attributes(
    name: str, desc: collections.abc.Mapping[str, object]
) -> dict[str, str]:
    values = _mapping(name, desc.get(name.partition(".")[2]) or {})
    for key, value in values.items():
        if isinstance(value, dict | list):
            raise rpc.InvalidUsage(
                f"{wording.shown(key)} in {name} is not one value"
            )
    return {str(key): str(value) for key, value in values.items()}


def _mapping(
    name: str, value: object
) -> collections.abc.Mapping[str, typing.Any]:
    if not isinstance(value, dict):
        raise rpc.InvalidUsage(f"{name} is no object")
    return value
