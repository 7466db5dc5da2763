# SPDX-License-Identifier: Apache-2.0
"""The work of one round, and the wait for its end."""

import collections
import datetime
import time

from cloudkitty.tests.galera import processes
from cloudkitty.tests.machines import operator as ck_operator
from cloudkitty.tests.machines import oracle as ck_oracle
from cloudkitty.tests.machines import races as ck_races
from cloudkitty.tests.machines import service as ck_service
from cloudkitty.tests.machines import site as ck_site

#: Seconds after which an order of a killed processor counts as lost.
_LOST_SECONDS = 12
#: Limit for all work of a round, on a busy machine.
PATIENCE_SECONDS = 240
_QUIET_SECONDS = 3


class Work:
    """Live rating, tasks, a batch and races, each with scopes of its own.

    :param number: of the round; also its price.
    """

    def __init__(
        self,
        service: ck_service.Service,
        operator: ck_operator.Operator,
        oracle: ck_oracle.Oracle,
        number: int,
    ) -> None:
        self._service = service
        self._operator = operator
        self._oracle = oracle
        self._world = service.world
        self._price = number
        ids = list(self._world.scope_ids)
        # Each scope has another part in each round.
        turn = number * 3 % len(ids)
        ids = ids[turn:] + ids[:turn]
        self.races = ck_races.Races(service, operator, oracle, ids[:3], number)
        rest = ids[3:]
        third = len(rest) // 3
        self._live, self._batch = rest[:third], rest[third : 2 * third]
        self._single = rest[2 * third :]
        self._done_before = collections.Counter(service.resets())
        self._orders: collections.Counter[str] = collections.Counter()
        self.lost_orders = 0

    def live(self) -> None:
        """Order the reset of some scopes: live rating has to go there."""
        window = self._world.between(self._world.hours // 8, self._world.hours)
        if not self._operator.reset(self._live, window.begin):
            raise processes.NotReady("a reset was refused")
        self._orders.update(self._live)
        for scope_id in self._live:
            self._oracle.rate(scope_id, window, self._price)

    def tasks(self) -> None:
        """Post a batch, and two tasks for each of other scopes."""
        half = self._world.hours // 2
        windows = [
            (self._batch, self._world.between(2, self._world.hours - 2)),
            *(([one], self._world.between(1, half)) for one in self._single),
            *(
                ([one], self._world.between(half + 1, self._world.hours))
                for one in self._single
            ),
        ]
        for number, (scope_ids, window) in enumerate(windows):
            # The API of host 1 may be cut off from its database.
            host = 1 if number % 4 == 3 else ck_site.API_HOST
            if not self._operator.post(scope_ids, window, host):
                raise processes.NotReady(f"refused: {scope_ids} {window}")
            for scope_id in scope_ids:
                self._oracle.rate(scope_id, window, self._price)

    def settle(self, killed: bool) -> None:
        """Wait until all ordered resets have ended.

        :param killed: order those again that a killed processor took along.
        """
        began = time.monotonic()
        while missing := self._missing():
            waited = time.monotonic() - began
            if killed and waited > _LOST_SECONDS:
                self._order_again(missing)
                killed = False
            if waited > PATIENCE_SECONDS:
                raise processes.NotReady(f"resets of {missing}")
            time.sleep(0.2)

    def _missing(self) -> list[str]:
        done = collections.Counter(self._service.resets())
        done.subtract(self._done_before)
        return [
            scope_id
            for scope_id, count in self._orders.items()
            if done[scope_id] < count
        ]

    def race(self) -> None:
        """Let requests for one scope meet, three times."""
        self._orders.update(self.races.play())

    def _order_again(self, missing: list[str]) -> None:
        self.lost_orders += len(missing)
        for scope_id in missing:
            begin = self._begin_of(scope_id)
            done = self._service.resets().count(scope_id)
            self._orders[scope_id] = done - self._done_before[scope_id]
            if self._operator.reset([scope_id], begin):
                self._orders[scope_id] += 1

    def _begin_of(self, scope_id: str) -> datetime.datetime:
        if scope_id not in self._live:
            return self.races.reset_window.begin
        return self._world.between(self._world.hours // 8, 0).begin

    def finished(self) -> bool:
        """Return whether all tasks and resets have ended and no period is
        due.
        """
        hosts = range(ck_site.PROCESSORS)
        return (
            not any(map(self._service.pending_resets, hosts))
            and not self._service.behind()
            and self.tasks_ended()
        )

    def wait_until_quiet(self) -> None:
        """Wait until the work has been finished for some seconds.

        A processor that goes on may just receive a message.
        """
        began = since = time.monotonic()
        while time.monotonic() - since < _QUIET_SECONDS:
            time.sleep(0.2)
            if not self.finished():
                since = time.monotonic()
                if since - began > PATIENCE_SECONDS:
                    raise processes.NotReady("the end of the work")

    def tasks_ended(self) -> bool:
        """Return whether all tasks have ended."""
        return all(task.finished_at for task in self._service.tasks())

    def unexpected(self) -> list[str]:
        """Return a text on each task that did not end as expected."""
        return [
            f"task {task.id} {task.state}: {task.last_error}"
            for task in self._service.tasks()
            if task.state != "succeeded"
            and not (
                task.state == "cancelled"
                and task.reason == "round"
                and task.periods_total == self._world.hours
            )
        ]
