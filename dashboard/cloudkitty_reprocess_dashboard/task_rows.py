# SPDX-License-Identifier: Apache-2.0
"""Rows of tasks, and prices of metrics, for display."""

import dataclasses
import datetime
import decimal
import typing

from cloudkitty_reprocess_dashboard import rows


@dataclasses.dataclass(frozen=True)
class Shown:
    """What lists and pages show of a task.

    :param item: JSON of the task.
    :param projects: names of projects by ids.
    """

    item: rows.Item
    projects: dict[str, str]

    @property
    def id(self) -> int:
        return self.item["id"]

    @property
    def scope(self) -> str:
        scope_id: str = self.item["scope_id"]
        return self.projects.get(scope_id, scope_id)

    @property
    def state(self) -> str:
        return self.item["state"]

    @property
    def label(self) -> typing.Any:
        """Name of the state."""
        return rows.STATES.get(self.state, self.state)

    @property
    def percent(self) -> int:
        return int(100 * self.item["progress"])


@dataclasses.dataclass(frozen=True)
class Task(Shown):
    """A task in a list."""

    @property
    def next_attempt_at(self) -> datetime.datetime | None:
        return rows.time(self.item["next_attempt_at"])

    @property
    def before(self) -> decimal.Decimal | None:
        return rows.money(self.item["totals"]["before"])

    @property
    def after(self) -> decimal.Decimal | None:
        return rows.money(self.item["totals"]["after"])

    @property
    def difference(self) -> decimal.Decimal | None:
        return rows.change(self.before, self.after)


@dataclasses.dataclass(frozen=True)
class Metric:
    """Prices of a metric, and the lengths of its bars.

    :param name: of the metric.
    :param before: price of what was stored; None if unknown.
    :param after: price of what is or would be stored; None if unknown.
    :param largest: price of the longest bar of the table.
    """

    name: str
    before: decimal.Decimal | None
    after: decimal.Decimal | None
    largest: decimal.Decimal

    @property
    def difference(self) -> decimal.Decimal | None:
        return rows.change(self.before, self.after)

    @property
    def before_percent(self) -> float:
        return self._percent(self.before)

    @property
    def after_percent(self) -> float:
        return self._percent(self.after)

    def _percent(self, price: decimal.Decimal | None) -> float:
        if not price or not self.largest:
            return 0.0
        return float(100 * abs(price) / self.largest)


def metrics(items: list[rows.Item]) -> list[Metric]:
    """Return the prices of a batch by metric."""
    prices = [
        (
            item["metric"],
            rows.money(item["before"]),
            rows.money(item["after"]),
        )
        for item in items
    ]
    largest = max(
        (abs(price) for _, *both in prices for price in both if price),
        default=decimal.Decimal(0),
    )
    return [Metric(*each, largest) for each in prices]
