# SPDX-License-Identifier: Apache-2.0
"""Rules of the operator in some worlds: options of ``[reprocess]``."""

import datetime
import random
import typing

from oslo_config import cfg

from cloudkitty.tasks import governance
from cloudkitty.tests.simulation.rules import snapshot

#: Share of the worlds in which tasks are governed.
SHARE = 0.3
AUTHOR = "author"
APPROVER = "approver"
_OFF: dict[str, typing.Any] = {
    "closed_before": None,
    "run_windows": [],
    "max_running": 0,
    "approval_above": 0,
}
_WINDOWS = (
    [],
    ["02:00-20:00"],
    ["06:30-08:00", "10:00-10:30", "13:00-13:10"],
)


class Governance:
    """The rules of one world, and the requests that they concern.

    Its random numbers are its own: the other worlds run as without it.

    :param draw: the seed's random numbers; none is drawn.
    :param confs: options of the processors of this world.
    :param first: beginning of the first period of all.
    :ivar on: whether this world is governed.
    """

    def __init__(
        self,
        draw: random.Random,
        confs: tuple[cfg.ConfigOpts, ...],
        first: datetime.datetime,
    ) -> None:
        self.draw = random.Random(repr(draw.getstate()[1][:4]))
        self.on = self.draw.random() < SHARE
        self._confs = confs
        self._set(self._drawn(first) if self.on else _OFF)

    @property
    def rules(self) -> governance.Rules:
        """The rules in force."""
        return governance.Rules.of(self._confs[0])

    def end(self) -> None:
        """Lift all rules; the tasks keep their attributes."""
        self._set(_OFF)

    def extras(self, now: datetime.datetime) -> dict[str, typing.Any]:
        """Return more fields of a request."""
        if not self.on:
            return {}
        fields: dict[str, typing.Any] = {"created_by": AUTHOR}
        if self.draw.random() < 0.3:
            hours = self.draw.choice((-1, 0, 1, 5))
            fields["not_before"] = now + datetime.timedelta(hours=hours)
        if self.draw.random() < 0.4:
            fields["max_running"] = self.draw.choice((1, 1, 2))
        fields["force"] = self.forces()
        return fields

    def forces(self) -> bool:
        """Return whether the next request is forced."""
        return self.on and self.draw.random() < 0.3

    def _drawn(self, first: datetime.datetime) -> dict[str, typing.Any]:
        hours = self.draw.choice((0, 0, 0, 1, 3))
        return {
            "closed_before": first + datetime.timedelta(hours=hours),
            "run_windows": self.draw.choice(_WINDOWS),
            "max_running": self.draw.choice((0, 0, 1, 2)),
            "approval_above": self.draw.choice((0, 1, 1, 4)),
        }

    def _set(self, options: dict[str, typing.Any]) -> None:
        for conf in self._confs:
            for name, value in options.items():
                conf.set_override(name, value, group="reprocess")


def previews_of(
    tasks: typing.Iterable[snapshot.Task], batch: list[snapshot.Task]
) -> list[list[snapshot.Task]]:
    """Return the tasks of each preview of a request.

    :param tasks: all tasks.
    :param batch: those of the request.
    """
    found: dict[str, list[snapshot.Task]] = {}
    for task in tasks:
        if task.preview:
            found.setdefault(task.batch_id, []).append(task)
    want = _content(batch)
    return [mine for mine in found.values() if _content(mine) == want]


def _content(batch: list[snapshot.Task]) -> tuple[object, ...]:
    first = batch[0]
    return (
        {task.scope_id for task in batch},
        first.start,
        first.end,
        first.metrics,
        first.allow_empty,
    )
