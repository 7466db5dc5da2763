# SPDX-License-Identifier: Apache-2.0
"""Checks that all storages make."""

import collections
import collections.abc
import contextlib
import datetime
import decimal
import itertools

from cloudkitty import dataframe
from cloudkitty.common import money
from cloudkitty.common import periods
from cloudkitty.common import scopes
from cloudkitty.storage import attributes
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


def check_name(value: str, longest: int, what: str) -> str:
    """Return a scope id, a scope key or a metric that is stored unchanged.

    :param longest: maximum number of characters.
    :param what: the kind of the name, for the text of the error.
    :raises cloudkitty.storage.base.Unstorable: for any other text.
    """
    if len(value) > longest or not attributes.is_clean(value):
        raise base.Unstorable(
            f"a {what} cannot be stored: it is longer than {longest} "
            "characters, or holds NUL or half a surrogate pair"
        )
    return value


def check_number(value: decimal.Decimal, metric: str) -> decimal.Decimal:
    """Return a quantity or price as every storage keeps it.

    :raises cloudkitty.storage.base.Unstorable: if ``money.storable`` refuses
        it.
    """
    try:
        return money.storable(value)
    except decimal.InvalidOperation:
        raise base.Unstorable(
            f"a quantity or price of {metric} cannot be stored: it is not "
            "finite or too large"
        ) from None


def checked_sum(value: decimal.Decimal) -> decimal.Decimal:
    """Return a sum in its shortest form.

    :raises cloudkitty.storage.base.StorageError: if it is too large for some
        storage: MariaDB then silently returns its largest number.
    """
    if abs(value) >= _LARGEST_SUM:
        raise base.StorageError("a sum is too large to be exact")
    return money.canonical(value)


@contextlib.contextmanager
def errors_of(scope: scopes.Scope) -> collections.abc.Iterator[None]:
    """Set the scope of each ``StorageError`` inside."""
    try:
        yield
    except base.StorageError as error:
        error.scope = scope
        raise


def check_replacements(
    replacements: collections.abc.Iterable[base.Replacement],
) -> list[base.Replacement]:
    """Return the pieces of ``Storage.replace_many``, all frames in lists.

    :raises ValueError: for windows of one scope that overlap, and as
        ``check_frames``.
    :raises TypeError: without a scope.
    """
    windows = collections.defaultdict(list)
    pieces = []
    for piece in replacements:
        require_scope(piece.scope)
        piece = piece._replace(frames=list(piece.frames))
        check_frames(piece.frames, piece.window, piece.metrics)
        # Rated data are identified by these two only.
        data = piece.scope.scope_key, piece.scope.identifier
        windows[data].append(piece.window)
        pieces.append(piece)
    for of_scope in windows.values():
        of_scope.sort(key=lambda window: window.begin)
        for earlier, later in itertools.pairwise(of_scope):
            if later.begin < earlier.end:
                raise ValueError(f"{earlier} and {later} overlap")
    return pieces


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
