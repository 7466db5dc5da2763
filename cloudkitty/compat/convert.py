# SPDX-License-Identifier: Apache-2.0
"""Frames on their way to a plugin of upstream and back."""

import collections.abc
import decimal
import typing

from cloudkitty import dataframe
from cloudkitty.common import money
from cloudkitty.common import point_form


class Unusable(ValueError):
    """A frame of a plugin cannot be used; the text names the metric."""


def outgoing(frame: dataframe.DataFrame) -> dataframe.DataFrame:
    """Return a copy that a plugin may change.

    The mappings, which points of several periods share, are immutable.
    """
    known: dict[int, dataframe.ImmutableDict] = {}

    def frozen(
        mapping: collections.abc.Mapping[str, str],
    ) -> dataframe.ImmutableDict:
        if isinstance(mapping, dataframe.ImmutableDict):
            return mapping
        made = known.get(id(mapping))
        if made is None:
            made = known[id(mapping)] = dataframe.ImmutableDict(mapping)
        return made

    return dataframe.DataFrame(
        frame.start,
        frame.end,
        {
            metric: [
                one._replace(
                    groupby=frozen(one.groupby), metadata=frozen(one.metadata)
                )
                for one in points
            ]
            for metric, points in frame.itertypes()
        },
    )


def incoming(
    usage: collections.abc.Iterable[tuple[str, typing.Iterable[typing.Any]]],
) -> dict[str, list[dataframe.DataPoint]]:
    """Return checked points by metric.

    ``DataPoint.set_price`` converts nothing, so a price may be of any type.

    :raises Unusable: for a point that cannot be stored.
    """
    found: dict[str, list[dataframe.DataPoint]] = {}
    for metric, points in usage:
        if not isinstance(metric, str) or not metric:
            raise Unusable("the name of a metric is not text")
        found[metric] = [point(metric, one) for one in points]
    return found


def point(metric: str, value: object) -> dataframe.DataPoint:
    """Return the point with numbers that can be stored.

    :raises Unusable: if it is not a point, or a number is not finite or too
        large.
    """
    if not isinstance(value, dataframe.DataPoint):
        raise Unusable(
            f"metric {metric}: a {type(value).__name__} is not a DataPoint"
        )
    try:
        qty = point_form.number(value.qty)
        price = point_form.number(value.price)
        money.storable(qty)
        money.storable(price)
    except (TypeError, ValueError, decimal.InvalidOperation):
        raise Unusable(
            f"metric {metric}: a quantity or a price cannot be stored"
        ) from None
    return value._replace(qty=qty, price=price)
