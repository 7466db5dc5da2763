# SPDX-License-Identifier: Apache-2.0
"""One task with its totals, events and periods, for display."""

import dataclasses
import datetime
import decimal
import typing

from django.utils.translation import gettext_lazy as _

from cloudkitty_reprocess_dashboard import curves
from cloudkitty_reprocess_dashboard import offers
from cloudkitty_reprocess_dashboard import rows
from cloudkitty_reprocess_dashboard import task_offers
from cloudkitty_reprocess_dashboard import task_rows

#: Kinds of exceptional periods, with what happened in them.
KINDS = {
    "failed": _("Failed"),
    "emptied": _("Emptied: stored points are deleted"),
    "no_data": _("Kept: nothing was collected"),
    "undefined": _("Kept: the metric has no definition"),
    "fewer_points": _("Replaced by fewer than half as many points"),
}
#: Parts of a preview's comparison, with their meaning.
PARTS = {
    "equal": _("Equal"),
    "changed": _("Changed"),
    "missing": _("Missing: would be removed"),
    "extra": _("Extra: would be added"),
}
#: Rules that can hold a waiting task.
HOLDS = {
    "not_before": _("It must not start before"),
    "run_windows": _("Tasks are executed at other times of the day"),
    "max_running": _("The limit of running tasks of its order is reached"),
}


@dataclasses.dataclass(frozen=True)
class Event:
    """A change of the state.

    :param item: JSON of the event.
    :param users: names of users by ids.
    """

    item: rows.Item
    users: dict[str, str]

    @property
    def at(self) -> datetime.datetime | None:
        return rows.time(self.item["at"])

    @property
    def state(self) -> str:
        return self.item["to_state"]

    @property
    def label(self) -> typing.Any:
        """Name of the new state; of the creation that of its own."""
        if self.item["from_state"] is None:
            return _("Created")
        return rows.STATES.get(self.state, self.state)

    @property
    def author(self) -> str:
        """Name of the user or of the processor's worker."""
        user_id: str = self.item["user"]
        if user_id:
            return self.users.get(user_id, user_id)
        return self.item["processor"] or ""


@dataclasses.dataclass(frozen=True)
class Note:
    """Consecutive exceptional periods.

    :param item: JSON of the note.
    """

    item: rows.Item

    @property
    def begin(self) -> datetime.datetime | None:
        return rows.time(self.item["begin"])

    @property
    def end(self) -> datetime.datetime | None:
        return rows.time(self.item["end"])

    @property
    def label(self) -> typing.Any:
        """What happened."""
        return KINDS.get(self.item["kind"], self.item["kind"])


@dataclasses.dataclass(frozen=True)
class Part:
    """Points of one part of a comparison.

    :param name: of the part.
    :param points: number of points.
    :param price: sum of their prices; of changed ones the difference.
    """

    name: str
    points: int
    price: decimal.Decimal | None

    @property
    def label(self) -> typing.Any:
        """The name for the user."""
        return PARTS[self.name]


@dataclasses.dataclass(frozen=True)
class Comparison:
    """Differences of one metric that a preview found.

    :param metric: name.
    :param parts: in the order of ``PARTS``.
    """

    metric: str
    parts: list[Part]

    @classmethod
    def of(cls, total: rows.Item) -> typing.Self:
        """Return the differences in the totals of a metric."""
        found = total["comparison"]
        return cls(
            total["metric"],
            [
                Part(
                    name,
                    found[name]["points"],
                    rows.money(found[name]["price"]),
                )
                for name in PARTS
            ],
        )


@dataclasses.dataclass(frozen=True)
class TaskPage(task_rows.Shown):
    """A task, with its periods and days.

    :param users: names of users by ids.
    """

    users: dict[str, str]

    @property
    def is_preview(self) -> bool:
        return self.item["mode"] == "preview"

    @property
    def busy(self) -> bool:
        return self.state in rows.BUSY

    @property
    def begin(self) -> datetime.datetime | None:
        return rows.time(self.item["start_reprocess_time"])

    @property
    def end(self) -> datetime.datetime | None:
        """End of the last period: the API sends its beginning."""
        last = rows.time(self.item["end_reprocess_time"])
        period = datetime.timedelta(seconds=self.item["period_seconds"])
        return last + period if last else None

    @property
    def created_at(self) -> datetime.datetime | None:
        return rows.time(self.item["created_at"])

    @property
    def started_at(self) -> datetime.datetime | None:
        return rows.time(self.item["started_at"])

    @property
    def finished_at(self) -> datetime.datetime | None:
        return rows.time(self.item["finished_at"])

    @property
    def next_attempt_at(self) -> datetime.datetime | None:
        return rows.time(self.item["next_attempt_at"])

    @property
    def next_look_at(self) -> datetime.datetime | None:
        """When a processor looks for it; None if unknown."""
        return rows.time((self.item["waiting"] or {}).get("next_look_at"))

    @property
    def hold(self) -> typing.Any:
        """Text of the rule that holds it, or ""."""
        rule = self.item.get("held_by") or ""
        return HOLDS.get(rule, rule)

    @property
    def not_before(self) -> datetime.datetime | None:
        """Time before which it must not start, while this holds it."""
        if self.item.get("held_by") != "not_before":
            return None
        return rows.time(self.item.get("not_before"))

    @property
    def author(self) -> str:
        user_id = self.item["created_by"] or ""
        return self.users.get(user_id, user_id)

    @property
    def metrics(self) -> list[task_rows.Metric]:
        """Prices before and after, by metric."""
        return task_rows.metrics(
            [
                {
                    "metric": total["metric"],
                    "before": _price(total["before"]),
                    "after": _price(total["after"]),
                }
                for total in self.item["totals"]
            ]
        )

    @property
    def comparisons(self) -> list[Comparison]:
        """Of a preview, by metric."""
        return [
            Comparison.of(total)
            for total in self.item["totals"]
            if total["comparison"]
        ]

    @property
    def curve(self) -> curves.Curve | None:
        """Prices by day; None if they are unknown."""
        return curves.make(self.item["days"])

    @property
    def events(self) -> list[Event]:
        """Newest first."""
        return [
            Event(event, self.users) for event in reversed(self.item["events"])
        ]

    @property
    def notes(self) -> list[Note]:
        return [Note(note) for note in self.item["periods"]]

    @property
    def more_notes(self) -> int:
        """Number of those that ``notes`` leaves out."""
        return self.item["periods_noted"] - len(self.item["periods"])

    @property
    def offers(self) -> list[offers.Offer]:
        return task_offers.make(self.id, self.state)


def user_ids(item: rows.Item) -> list[str | None]:
    """Return the ids of all users that the page of a task names."""
    return [item["created_by"], *(event["user"] for event in item["events"])]


def _price(amount: rows.Item | None) -> str | None:
    return amount["price"] if amount else None
