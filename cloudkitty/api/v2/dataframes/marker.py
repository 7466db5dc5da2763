# SPDX-License-Identifier: Apache-2.0
"""Markers of pages of points: where the next page begins.

A marker is a time and the number of points to skip from there, so that the
storage reads nothing before that time.
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
    """

    begin: datetime.datetime
    skip: int

    def text(self) -> str:
        """Return the opaque form."""
        plain = f"{self.begin.isoformat()} {self.skip}"
        return base64.urlsafe_b64encode(plain.encode()).decode()

    def after(
        self,
        skipped: int,
        frames: collections.abc.Sequence[dataframe.DataFrame],
    ) -> "Marker":
        """Return the position after a page.

        :param skipped: number of points from this position to the page.
        :param frames: the page; not empty.
        """
        last = frames[-1].start
        if last > frames[0].start:
            shown = [frame for frame in frames if frame.start == last]
            return Marker(last, sum(map(len, shown)))
        return Marker(self.begin, self.skip + skipped + sum(map(len, frames)))


def read(value: str, window: periods.Window) -> Marker:
    """Return the position that the opaque form means.

    :param window: of the request.
    :raises cloudkitty.api.errors.BadRequest: if it is not a marker of a page
        of this window.
    """
    try:
        plain = base64.b64decode(value, altchars=b"-_", validate=True).decode()
        begin, skip = plain.split(" ")
    except (binascii.Error, ValueError):
        raise _invalid(value) from None
    found = Marker(
        validate_time.time("marker", begin),
        validate_number.integer("marker", skip),
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
