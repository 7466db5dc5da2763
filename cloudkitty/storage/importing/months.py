# SPDX-License-Identifier: Apache-2.0
"""The unit of an import: one scope and one UTC month."""

import collections.abc
import dataclasses
import datetime
import decimal
import hashlib

from sqlalchemy import orm

from cloudkitty import dataframe
from cloudkitty.common import money
from cloudkitty.common import periods
from cloudkitty.storage import base
from cloudkitty.storage.importing import pieces

_SECOND = datetime.timedelta(seconds=1)
#: Points, quantity and price of each metric.
Sums = dict[str, tuple[int, decimal.Decimal, decimal.Decimal]]
#: Reads the sums of a scope key, an identifier and a window.
Read = collections.abc.Callable[[str, str, periods.Window], Sums]
_NOTHING = (0, decimal.Decimal(0), decimal.Decimal(0))


@dataclasses.dataclass(slots=True)
class Month:
    """The points of one scope that begin in one month.

    :param begin: first instant of the month.
    :param first: beginning of the first period with points.
    :param last: beginning of the last one.
    :param end: latest end of a period.
    :param points: number of points.
    """

    scope_id: str
    begin: datetime.datetime
    first: datetime.datetime
    last: datetime.datetime
    end: datetime.datetime
    points: int

    @property
    def after_last(self) -> datetime.datetime:
        """Return an instant after the last beginning, before any other."""
        return self.last + _SECOND

    @property
    def window(self) -> periods.Window:
        """Return the window of all beginnings."""
        return periods.Window(self.first, self.after_last)

    def __str__(self) -> str:
        return f"scope {self.scope_id}, {self.begin:%Y-%m}"


def of_scope(
    storage: base.Storage, scope_key: str, scope_id: str
) -> list[Month]:
    """Return the months in which the scope has points, oldest first."""
    query = base.Query(window=base.EVER, filters={scope_key: [scope_id]})
    found: list[Month] = []
    for row in storage.periods(query):
        begin = periods.month_start(row.begin)
        if not found or found[-1].begin != begin:
            found.append(
                Month(scope_id, begin, row.begin, row.begin, row.end, 0)
            )
        month = found[-1]
        month.last = row.begin
        month.end = max(month.end, row.end)
        month.points += row.points
    return found


def sums(
    storage: base.Storage,
    scope_key: str,
    scope_id: str,
    window: periods.Window,
    transaction: orm.Session | None = None,
) -> Sums:
    """Return the sums of each metric in a window of a scope.

    :param transaction: read in it.
    """
    query = base.Query(window=window, filters={scope_key: [scope_id]})
    found = storage.total(query, ["type"], transaction=transaction)
    return {
        row.groups["type"]: (row.points, row.qty, row.rate)
        for row in found.rows
    }


def exact_sums(
    storage: base.Storage,
    scope_key: str,
    scope_id: str,
    window: periods.Window,
) -> Sums:
    """Return the same, added up from the points.

    For a storage whose server adds up binary floating-point numbers, or whose
    driver does not count points.
    """
    filters = {scope_key: [scope_id]}
    return of_frames(
        frame
        for piece in pieces.split(storage, filters, window)
        for frame in pieces.read(storage, filters, piece)
    )


def of_frames(
    frames: collections.abc.Iterable[dataframe.DataFrame],
) -> Sums:
    """Return the sums of each metric, of the numbers as they are stored."""
    found: Sums = {}
    for frame in frames:
        for metric, point in frame.iterpoints():
            points, qty, price = found.get(metric, _NOTHING)
            found[metric] = (
                points + 1,
                money.EXACT.add(qty, money.storable(point.qty)),
                money.EXACT.add(price, money.storable(point.price)),
            )
    return {
        metric: (points, money.canonical(qty), money.canonical(price))
        for metric, (points, qty, price) in found.items()
    }


def added(some: Sums, others: Sums) -> Sums:
    """Return the sums of the points of both."""
    found: Sums = {}
    for metric in some.keys() | others.keys():
        points, qty, price = some.get(metric, _NOTHING)
        more, more_qty, more_price = others.get(metric, _NOTHING)
        found[metric] = (
            points + more,
            money.canonical(money.EXACT.add(qty, more_qty)),
            money.canonical(money.EXACT.add(price, more_price)),
        )
    return found


def digest(found: Sums) -> str:
    """Return a text that differs where sums differ."""
    texts = [
        f"{metric!r} {points} {money.text(qty)} {money.text(price)}"
        for metric, (points, qty, price) in sorted(found.items())
    ]
    return hashlib.blake2b(
        "\n".join(texts).encode(), digest_size=16
    ).hexdigest()


def differences(old: Sums, new: Sums) -> collections.abc.Iterator[str]:
    """Yield a text for each metric whose sums differ."""
    for metric in sorted(old.keys() | new.keys()):
        before, after = old.get(metric, _NOTHING), new.get(metric, _NOTHING)
        if before != after:
            yield (
                f"metric {metric}: {_shown(before)} read, "
                f"{_shown(after)} stored"
            )


def _shown(sums: tuple[int, decimal.Decimal, decimal.Decimal]) -> str:
    points, qty, price = sums
    return (
        f"{points} points of quantity {money.text(qty)} and price "
        f"{money.text(price)}"
    )
