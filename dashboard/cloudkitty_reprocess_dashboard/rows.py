# SPDX-License-Identifier: Apache-2.0
"""Values for display, from the JSON of the API."""

import dataclasses
import datetime
import decimal
import typing

from django.utils.translation import gettext_lazy as _

from cloudkitty_reprocess_dashboard import offers

Item = dict[str, typing.Any]

#: Names of the states, in the order of the bars.
STATES = {
    "succeeded": _("Succeeded"),
    "running": _("Running"),
    "scheduled": _("Waiting"),
    "awaiting_approval": _("Awaiting approval"),
    "paused": _("Paused"),
    "failed": _("Failed"),
    "cancelled": _("Cancelled"),
}
#: States in which a processor changes a task without a further request.
BUSY = ("running", "scheduled")


@dataclasses.dataclass(frozen=True)
class Part:
    """A piece of a stacked bar.

    :param state: of the tasks.
    :param label: name of the state.
    :param count: number of tasks.
    :param percent: width, of 100.
    """

    state: str
    label: typing.Any
    count: int
    percent: float


def time(text: str | None) -> datetime.datetime | None:
    """Return a time of the API as an aware one."""
    return datetime.datetime.fromisoformat(text) if text else None


def money(text: str | None) -> decimal.Decimal | None:
    """Return a price of the API."""
    return None if text is None else decimal.Decimal(text)


def change(
    before: decimal.Decimal | None, after: decimal.Decimal | None
) -> decimal.Decimal | None:
    """Return the difference of two prices; None if one is unknown."""
    if before is None or after is None:
        return None
    return after - before


def bar(states: dict[str, int]) -> list[Part]:
    """Return the pieces of a bar: a state without tasks has none."""
    total = sum(states.values())
    return [
        Part(state, label, states[state], 100 * states[state] / total)
        for state, label in STATES.items()
        if states.get(state)
    ]


@dataclasses.dataclass(frozen=True)
class Order:
    """A batch, for display.

    :param item: JSON of the batch.
    :param projects: names of projects by ids.
    :param users: names of users by ids.
    """

    item: Item
    projects: dict[str, str]
    users: dict[str, str]

    @property
    def id(self) -> str:
        return self.item["batch_id"]

    @property
    def reason(self) -> str:
        return self.item["reason"]

    @property
    def is_preview(self) -> bool:
        return self.item["mode"] == "preview"

    @property
    def author(self) -> str:
        user_id = self.item.get("created_by") or ""
        return self.users.get(user_id, user_id)

    @property
    def created_at(self) -> datetime.datetime | None:
        return time(self.item["created_at"])

    @property
    def begin(self) -> datetime.datetime | None:
        return time(self.item["begin"])

    @property
    def end(self) -> datetime.datetime | None:
        return time(self.item["end"])

    @property
    def scopes(self) -> list[str]:
        """Names of the first scopes."""
        return [
            self.projects.get(scope_id, scope_id)
            for scope_id in self.item["first_scope_ids"]
        ]

    @property
    def more_scopes(self) -> int:
        """Number of the scopes that ``scopes`` leaves out."""
        return self.item["total"] - len(self.item["first_scope_ids"])

    @property
    def next_attempt_at(self) -> datetime.datetime | None:
        return time(self.item["next_attempt_at"])

    @property
    def not_before(self) -> datetime.datetime | None:
        """Time before which no task starts; None: at once."""
        return time(self.item.get("not_before"))

    @property
    def awaits_approval(self) -> bool:
        return bool(self.item["states"].get("awaiting_approval"))

    @property
    def started_at(self) -> datetime.datetime | None:
        return time(self.item["started_at"])

    @property
    def finished_at(self) -> datetime.datetime | None:
        return time(self.item["finished_at"])

    @property
    def metrics(self) -> list[str] | None:
        """The selected metrics; None if all are."""
        return self.item["selected_metrics"]

    @property
    def parts(self) -> list[Part]:
        return bar(self.item["states"])

    @property
    def percent(self) -> int:
        """Whole percent of the periods; 100 only if all are rated."""
        return int(100 * self.item["progress"])

    @property
    def before(self) -> decimal.Decimal | None:
        return money(self.item["totals"]["before"])

    @property
    def after(self) -> decimal.Decimal | None:
        return money(self.item["totals"]["after"])

    @property
    def difference(self) -> decimal.Decimal | None:
        return change(self.before, self.after)

    @property
    def busy(self) -> bool:
        return any(self.item["states"].get(state) for state in BUSY)

    @property
    def offers(self) -> list[offers.Offer]:
        return offers.make(self.item["states"])
