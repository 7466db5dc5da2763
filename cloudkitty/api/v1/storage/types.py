# SPDX-License-Identifier: Apache-2.0
"""Responses of ``/v1/storage``.

A response may contain many points, so they are plain JSON, not WSME objects.
"""

import collections.abc
import typing

from cloudkitty import dataframe
from cloudkitty.api.v1 import wire
from cloudkitty.storage import attributes

#: Tenant of the points without a tenant.
UNDEFINED = "__UNDEF__"


class Resource(typing.TypedDict):
    """One rated point; numbers are strings."""

    service: str
    desc: dict[str, typing.Any]
    volume: str
    rating: str


class DataFrame(typing.TypedDict):
    """The points of one metric and tenant in one period."""

    begin: str
    end: str
    tenant_id: str
    resources: list[Resource]


class DataFrames(typing.TypedDict):
    """All matching rated points."""

    dataframes: list[DataFrame]


def from_frame(
    frame: dataframe.DataFrame, scope_key: str
) -> collections.abc.Iterator[DataFrame]:
    """Yield the wire form of a period: one object per metric and tenant.

    :param scope_key: attribute with the tenant.
    """
    for metric, points in frame.itertypes():
        resources: dict[str, list[Resource]] = {}
        for point in points:
            tenant_id = attributes.find(
                scope_key, point.groupby, point.metadata
            )
            resources.setdefault(tenant_id or UNDEFINED, []).append(
                _resource(metric, point)
            )
        for tenant_id, items in resources.items():
            yield {
                "begin": wire.time(frame.start),
                "end": wire.time(frame.end),
                "tenant_id": tenant_id,
                "resources": items,
            }


def _resource(metric: str, point: dataframe.DataPoint) -> Resource:
    return {
        "service": metric,
        "desc": point.desc,
        "volume": wire.number(point.qty),
        "rating": wire.number(point.price),
    }
