# SPDX-License-Identifier: Apache-2.0
"""Workers of processors, for display."""

import dataclasses
import datetime
import typing

from django.utils.translation import gettext_lazy as _

from cloudkitty_reprocess_dashboard import rows

#: Kinds of workers, with what they do.
KINDS = {
    "rating": _("rates new periods"),
    "reprocessing": _("executes tasks"),
}


@dataclasses.dataclass(frozen=True)
class Worker:
    """One process of a processor.

    :param item: JSON of the worker.
    :param projects: names of projects by ids.
    """

    item: rows.Item
    projects: dict[str, str]

    @property
    def key(self) -> str:
        """Identifies the row."""
        item = self.item
        return f"{item['host']}-{item['kind']}-{item['worker']}-{item['pid']}"

    @property
    def kind(self) -> typing.Any:
        """What it does."""
        return KINDS.get(self.item["kind"], self.item["kind"])

    @property
    def label(self) -> typing.Any:
        """Name of its state."""
        if self.item["alive"]:
            return _("Alive")
        return _("Stopped") if self.item["stopped_at"] else _("Lost")

    @property
    def mark(self) -> str:
        """Class of its state's colour."""
        if self.item["alive"]:
            return "reprocess-succeeded"
        stopped = self.item["stopped_at"]
        return "reprocess-cancelled" if stopped else "reprocess-failed"

    @property
    def started_at(self) -> datetime.datetime | None:
        return rows.time(self.item["started_at"])

    @property
    def last_seen_at(self) -> datetime.datetime | None:
        return rows.time(self.item["last_seen_at"])

    @property
    def next_look_at(self) -> datetime.datetime | None:
        return rows.time(self.item["next_look_at"])

    @property
    def scope(self) -> str:
        """Name of the scope that it works on, or ""."""
        scope_id: str = self.item["scope_id"] or ""
        return self.projects.get(scope_id, scope_id)

    @property
    def more_tasks(self) -> int:
        """Number of its tasks without the first."""
        return self.item["tasks"] - 1


def alive(items: list[rows.Item], kind: str) -> bool:
    """Return whether a worker of a kind is alive."""
    return any(item["alive"] for item in items if item["kind"] == kind)
