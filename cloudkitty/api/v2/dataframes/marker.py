# SPDX-License-Identifier: Apache-2.0
"""Markers of pages of points: where the next page begins.

A marker is a time, the number of points to skip from there, and the number of
points that follow. So the storage neither reads what is before that time nor
counts all that is behind the page.
"""

import base64
import binascii
import collections.abc
import datetime
import typing

from cloudkitty import dataframe
from cloudkitty.api import errors
from cloudkitty.api.request import validate
from cloudkitty.api.request import validate_number
from cloudkitty.api.request import validate_time
from cloudkitty.common import periods


class Marker(typing.NamedTuple):
    """The position of a page.

    :param begin: points of earlier periods are before the page.
    :param skip: number of points before the page in periods from ``begin``.
    :param rest: number of points from the position to the end of the window,
        as counted for the first page; None for the first page.
    """

    begin: datetime.datetime
    skip: int
    rest: int | None

    def text(self) -> str:
        """Return the opaque form."""
        plain = f"{self.begin.isoformat()} {self.skip} {self.rest}"
        return base64.urlsafe_b64encode(plain.encode()).decode()

    def after(
        self,
        skipped: int,
        frames: collections.abc.Sequence[dataframe.DataFrame],
        total: int,
    ) -> "Marker":
        """Return the position after a page.

        :param skipped: number of points from this position to the page.
        :param frames: the page; not empty.
        :param total: number of points from this position.
        """
        passed = skipped + sum(map(len, frames))
        rest, last = total - passed, frames[-1].start
        if last > frames[0].start:
            shown = [frame for frame in frames if frame.start == last]
            return Marker(last, sum(map(len, shown)), rest)
        return Marker(self.begin, self.skip + passed, rest)


def first(window: periods.Window) -> Marker:
    """Return the position of the first page."""
    return Marker(window.begin, 0, None)


def read(value: str, window: periods.Window) -> Marker:
    """Return the position that the opaque form means.

    :param window: of the request.
    :raises cloudkitty.api.errors.BadRequest: if it is not a marker of a page
        of this window.
    """
    try:
        plain = base64.b64decode(value, altchars=b"-_", validate=True).decode()
        begin, skip, rest = plain.split(" ")
    except (binascii.Error, ValueError):
        raise _invalid(value) from None
    found = Marker(
        validate_time.time("marker", begin),
        validate_number.integer("marker", skip),
        validate_number.integer("marker", rest),
    )
    if not window.begin <= found.begin < window.end:
        raise _invalid(value)
    return found


def _invalid(value: str) -> errors.BadRequest:
    return validate.invalid(
        "marker",
        value,
        "is not a marker of this begin and end",
        "the marker of the previous response",
    )
