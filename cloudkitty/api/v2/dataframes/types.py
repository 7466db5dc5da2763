# SPDX-License-Identifier: Apache-2.0
"""Responses of ``GET /v2/dataframes``."""

import collections.abc
import typing

import wsme.types

from cloudkitty import dataframe
from cloudkitty.api import ordered
from cloudkitty.api import provisional as ck_provisional
from cloudkitty.api import timestamps


class Volume(ordered.Base):
    """How much."""

    unit = wsme.types.text
    qty = timestamps.Number()


class Rating(ordered.Base):
    """The price of a point."""

    price = timestamps.Number()


class Point(ordered.Base):
    """One quantity of one metric."""

    vol = Volume
    rating = Rating
    groupby = {wsme.types.text: wsme.types.text}
    metadata = {wsme.types.text: wsme.types.text}

    @classmethod
    def of(cls, point: dataframe.DataPoint) -> typing.Self:
        """Return the wire form of ``point``."""
        return cls(
            vol=Volume(unit=point.unit, qty=point.qty),
            rating=Rating(price=point.price),
            groupby=dict(point.groupby),
            metadata=dict(point.metadata),
        )


class Period(ordered.Base):
    """When."""

    begin = wsme.types.text
    #: Exclusive.
    end = wsme.types.text


class Dataframe(ordered.Base):
    """The points of one period on the page."""

    period = Period
    #: Points by metric.
    usage = wsme.types.DictType(wsme.types.text, wsme.types.ArrayType(Point))

    @classmethod
    def of(cls, frame: dataframe.DataFrame) -> typing.Self:
        """Return the wire form of ``frame``."""
        return cls(
            period=Period(
                begin=timestamps.iso(frame.start),
                end=timestamps.iso(frame.end),
            ),
            usage={
                metric: [Point.of(point) for point in points]
                for metric, points in frame.itertypes()
            },
        )


class Dataframes(ordered.Base):
    """A page of points, and the total number of points."""

    total = int
    dataframes = [Dataframe]
    #: Windows that tasks are changing: some of their points may be new.
    provisional = [ck_provisional.Window]
    #: Where the next page begins; omitted on the last page.
    marker = ordered.optional(wsme.types.text)

    @classmethod
    def of(
        cls,
        frames: collections.abc.Sequence[dataframe.DataFrame],
        total: int,
        provisional: list[ck_provisional.Window],
        marker: str | None,
    ) -> typing.Self:
        """Return the wire form of a page.

        :param total: number of points that match.
        :param provisional: windows of it that tasks are changing.
        :param marker: of the next page; None on the last page.
        """
        made = cls(
            total=total,
            dataframes=[Dataframe.of(frame) for frame in frames],
            provisional=provisional,
        )
        if marker is not None:
            made.marker = marker
        return made
