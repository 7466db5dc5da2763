# SPDX-License-Identifier: Apache-2.0
"""Checks that all storages make."""

import collections.abc
import datetime
import decimal

from cloudkitty import dataframe
from cloudkitty.common import money
from cloudkitty.common import periods
from cloudkitty.common import scopes
from cloudkitty.storage import base

_LARGEST_SUM = decimal.Decimal(
    "9" * (money.DIGITS - money.PLACES) + "." + "9" * money.PLACES
)


def require_scope(scope: object) -> None:
    """Refuse a call without a scope: it would delete all scopes' points.

    :raises TypeError: for anything that is not a scope.
    """
    if not isinstance(scope, scopes.Scope):
        raise TypeError("rated points can be deleted of one scope only")


def require_no_transaction(transaction: object) -> None:
    """Refuse a transaction of the caller: the points are elsewhere.

    :raises ValueError: for anything but None.
    """
    if transaction is not None:
        raise ValueError("the points are stored in another database")


def no_fence() -> None:
    """Allow each write: the fence of callers without a claim."""


def checked_sum(value: decimal.Decimal) -> decimal.Decimal:
    """Return a sum in its shortest form.

    :raises cloudkitty.storage.base.StorageError: if it is too large for some
        storage: MariaDB then silently returns its largest number.
    """
    if abs(value) >= _LARGEST_SUM:
        raise base.StorageError("a sum is too large to be exact")
    return money.canonical(value)


def check_frames(
    frames: collections.abc.Iterable[dataframe.DataFrame],
    window: periods.Window,
    metrics: collections.abc.Collection[str] | None,
) -> None:
    """Check the frames of ``Storage.replace`` before any is written.

    :raises ValueError: for a frame outside the window, a second frame of a
        period, or a frame with metrics that are not replaced.
    """
    starts: set[datetime.datetime] = set()
    for frame in frames:
        if not window.begin <= frame.start < frame.end <= window.end:
            raise ValueError(f"{frame} is outside of {window}")
        if frame.start in starts:
            raise ValueError(f"{frame} is a second frame of its period")
        starts.add(frame.start)
        if metrics is not None and frame.usage.keys() - set(metrics):
            raise ValueError(f"{frame} has metrics that are not replaced")
