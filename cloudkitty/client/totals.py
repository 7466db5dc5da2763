# SPDX-License-Identifier: Apache-2.0
"""Totals before and after tasks, and their exact differences."""

import collections
import collections.abc
import dataclasses
import decimal
import typing

from cloudkitty.client import http
from cloudkitty.common import money

#: What sums are grouped by.
Key = typing.TypeVar("Key")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """Totals of one metric of one task.

    Prices and quantities are exact.

    :param state: of the task; ``after`` is ``None`` until it is known.
    """

    task_id: int
    scope_id: str
    state: str
    metric: str
    points_before: int
    points_after: int | None
    qty_before: decimal.Decimal | None
    qty_after: decimal.Decimal | None
    before: decimal.Decimal
    after: decimal.Decimal | None

    @property
    def key(self) -> tuple[str, str]:
        """Scope and metric."""
        return self.scope_id, self.metric

    @property
    def difference(self) -> decimal.Decimal | None:
        """Price after minus price before; ``None`` until it is known."""
        if self.after is None:
            return None
        return money.EXACT.subtract(self.after, self.before)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """Sum of the known totals of a metric or a scope."""

    before: decimal.Decimal
    after: decimal.Decimal

    @property
    def difference(self) -> decimal.Decimal:
        """Price after minus price before."""
        return money.EXACT.subtract(self.after, self.before)


def of_tasks(
    shown: collections.abc.Iterable[http.Item],
) -> list[Total]:
    """Return the totals of tasks with their details, in their order."""
    return [_total(task, total) for task in shown for total in task["totals"]]


def sums(
    totals: collections.abc.Iterable[Total],
    key: collections.abc.Callable[[Total], Key],
) -> dict[Key, Sum]:
    """Return the sums of the totals with the same key.

    A total without ``after`` is in no sum: a difference would be wrong.
    """
    groups: dict[Key, list[Total]] = collections.defaultdict(list)
    for total in totals:
        if total.after is not None:
            groups[key(total)].append(total)
    return {
        name: Sum(
            before=money.total(each.before for each in group),
            after=money.total(
                each.after for each in group if each.after is not None
            ),
        )
        for name, group in groups.items()
    }


def largest(
    found: collections.abc.Mapping[Key, Sum], limit: int
) -> tuple[dict[Key, Sum], int]:
    """Return the sums with the largest differences, and how many are left.

    :param limit: maximum number of sums.
    """
    ordered = sorted(found.items(), key=lambda item: -abs(item[1].difference))
    return dict(ordered[:limit]), max(0, len(ordered) - limit)


def text(value: decimal.Decimal | None) -> str | None:
    """Return all digits of a number, ``None`` if it is unknown."""
    return None if value is None else money.text(value)


def signed(value: decimal.Decimal) -> str:
    """Return a difference with its sign."""
    return f"+{money.text(value)}" if value > 0 else money.text(value)


def _total(task: http.Item, total: http.Item) -> Total:
    before, after = total["before"], total["after"] or {}
    return Total(
        task_id=task["id"],
        scope_id=task["scope_id"],
        state=task["state"],
        metric=total["metric"],
        points_before=before["points"],
        points_after=after.get("points"),
        qty_before=_number(before.get("qty")),
        qty_after=_number(after.get("qty")),
        before=decimal.Decimal(before["price"]),
        after=_number(after.get("price")),
    )


def _number(value: typing.Any) -> decimal.Decimal | None:
    return None if value is None else decimal.Decimal(value)
