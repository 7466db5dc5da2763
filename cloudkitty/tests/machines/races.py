# SPDX-License-Identifier: Apache-2.0
"""Requests for one scope that are sent at once."""

import collections.abc
import datetime
import functools
import itertools
import typing

from cloudkitty.db.tasks import records as task_records
from cloudkitty.tests.galera import processes
from cloudkitty.tests.machines import operator as ck_operator
from cloudkitty.tests.machines import oracle as ck_oracle
from cloudkitty.tests.machines import service as ck_service
from cloudkitty.tests.machines import site as ck_site


class Races:
    """Three races.

    :param scope_ids: three, one for each race.
    :param price: of the round.
    :ivar reset_window: from the date of the reset on.
    """

    def __init__(
        self,
        service: ck_service.Service,
        operator: ck_operator.Operator,
        oracle: ck_oracle.Oracle,
        scope_ids: collections.abc.Sequence[str],
        price: int,
    ) -> None:
        self._service = service
        self._operator = operator
        self._oracle = oracle
        self._world = service.world
        self._posted, self._patched, self._reset = scope_ids
        self._price = price
        self._patched_id = 0
        self.reset_window = self._world.between(5, self._world.hours)

    def play(self) -> list[str]:
        """Play all races; return the scopes whose reset was ordered."""
        self._race_of_posts()
        self._race_of_changes()
        return self._race_with_reset()

    def _race_of_posts(self) -> None:
        window = self._world.between(3, self._world.hours)
        post = functools.partial(self._operator.post, [self._posted], window)
        hosts = (ck_site.API_HOST, 1, ck_site.API_HOST)
        known = {task.id for task in self._posted_tasks()}
        won = ck_operator.at_once(
            *(functools.partial(post, host) for host in hosts)
        )
        made = [task for task in self._posted_tasks() if task.id not in known]
        if not made or won.count(True) != len(made) or _overlap(made):
            times = [(task.created_at, task.finished_at) for task in made]
            raise processes.NotReady(f"tasks of one window: {won}, {times}")
        self._oracle.rate(self._posted, window, self._price)

    def _posted_tasks(self) -> list[task_records.Task]:
        return [
            task
            for task in self._service.tasks()
            if task.scope_id == self._posted
        ]

    def _race_of_changes(self) -> None:
        window = self._world.between(0, self._world.hours)
        self._operator.post([self._patched], window)
        newest = [
            task.id
            for task in self._service.tasks()
            if task.scope_id == self._patched
        ]
        self._patched_id = newest[-1]
        change = functools.partial(self._operator.change, self._patched_id)
        ck_operator.at_once(
            functools.partial(change, "paused", 1),
            functools.partial(change, "scheduled"),
            functools.partial(change, "cancelled"),
        )
        # Whatever won; a repeated request of host 1 may have come last.
        change("cancelled")

    def _race_with_reset(self) -> list[str]:
        window = self.reset_window
        scope_ids = [self._reset]
        posted, ordered = ck_operator.at_once(
            lambda: self._operator.post(scope_ids, window, 1),
            lambda: self._operator.reset(scope_ids, window.begin),
        )
        if not posted and not ordered:
            raise processes.NotReady("neither the reset nor the task won")
        self._oracle.rate(self._reset, window, self._price)
        return scope_ids if ordered else []

    def note_cancelled(self) -> None:
        """Note the hours that the cancelled task has rated."""
        (task,) = (
            task
            for task in self._service.tasks()
            if task.id == self._patched_id
        )
        if task.periods_done:
            window = self._world.between(0, task.periods_done)
            self._oracle.rate(self._patched, window, self._price)


def _overlap(tasks: collections.abc.Iterable[task_records.Task]) -> bool:
    """Return whether a task was accepted before an earlier one had ended.

    A request may come late: it is repeated, or its host has no database.
    """
    in_order = sorted(tasks, key=_accepted_at)
    return any(
        earlier.finished_at is None
        or earlier.finished_at > _accepted_at(later)
        for earlier, later in itertools.pairwise(in_order)
    )


def _accepted_at(task: task_records.Task) -> datetime.datetime:
    return typing.cast("datetime.datetime", task.created_at)
