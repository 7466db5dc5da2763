# SPDX-License-Identifier: Apache-2.0
"""One round: price, work, fault, healing, comparison."""

import contextlib
import dataclasses
import time

from cloudkitty.tests.galera import compare
from cloudkitty.tests.galera import processes
from cloudkitty.tests.machines import claims
from cloudkitty.tests.machines import faults as ck_faults
from cloudkitty.tests.machines import operator as ck_operator
from cloudkitty.tests.machines import oracle as ck_oracle
from cloudkitty.tests.machines import service as ck_service
from cloudkitty.tests.machines import site as ck_site
from cloudkitty.tests.machines import strike
from cloudkitty.tests.machines import work as ck_work
from cloudkitty.tests.machines import world as ck_world


class Fault(Exception):
    """A wrong point, sum or state; the text names it."""


@dataclasses.dataclass
class Result:
    """Figures of a round.

    :param taken: seconds until all claims of the host had left it.
    :param ended: seconds until all tasks had ended, without the host.
    :param points: compared points, on all servers together.
    :param seconds: length of the round.
    """

    fault: str
    when: str
    claimed: int = 0
    taken: float = 0.0
    ended: float = 0.0
    points: int = 0
    repeated: int = 0
    lost_orders: int = 0
    seconds: float = 0.0

    def line(self) -> str:
        """Return all figures in a line."""
        return (
            f"{self.fault} during {self.when}: {self.claimed} claims taken "
            f"over after {self.taken:.1f} s, tasks ended after "
            f"{self.ended:.1f} s, {self.points} points as expected; "
            f"{self.repeated} requests repeated, {self.lost_orders} resets "
            f"ordered again; {self.seconds:.0f} s"
        )


class Run:
    """A deployment that goes through rounds.

    :param stack: ends and removes all of it.
    """

    def __init__(
        self,
        stack: contextlib.ExitStack,
        world: ck_world.World,
        *,
        locks: str,
        galera: bool,
    ) -> None:
        self.world = world
        self.site = ck_site.Site(stack, locks, galera)
        self.service = ck_service.Service(stack, self.site, world)
        self.operator = ck_operator.Operator(self.site)
        self.oracle = ck_oracle.Oracle(world)
        self._number = 1

    def begin(self) -> int:
        """Start all and rate all hours; return the number of points."""
        self.service.set_price(self._number)
        self.service.start()
        self.operator.wait()
        for scope_id in self.world.scope_ids:
            self.oracle.rate(scope_id, self.world.window, self._number)
        processes.wait_for(
            "live rating",
            lambda: not self.service.behind(),
            ck_work.PATIENCE_SECONDS,
        )
        return self._compare()

    def play(self, name: str, when: str) -> Result:
        """Play a round.

        :param name: a key of ``faults.ALL``.
        :param when: the kind of claim that the host has at that moment.
        :raises Fault: if anything is not as expected.
        """
        fault = ck_faults.ALL[name]
        result = Result(name, when)
        began, repeated = time.monotonic(), self.operator.repeated
        self._number += 1
        self.service.set_price(self._number)
        work = ck_work.Work(
            self.service, self.operator, self.oracle, self._number
        )
        host, claimed, struck_at = strike.strike(
            self.service, work, fault, when
        )
        result.claimed = len(claimed)
        # The other work, with the fault there.
        (work.tasks if when == claims.LIVE else work.live)()
        work.race()
        self._wait("claims of the host", lambda: self._left(claimed, when))
        result.taken = time.monotonic() - struck_at
        self._wait("end of all tasks", work.tasks_ended)
        result.ended = time.monotonic() - struck_at
        fault.heal(self.service, host)
        work.settle(fault.kills)
        self._check_alive()
        self._wait_for_claim_of(host)
        work.wait_until_quiet()
        work.races.note_cancelled()
        if wrong := work.unexpected():
            raise Fault("; ".join(wrong))
        result.points = self._compare()
        result.repeated = self.operator.repeated - repeated
        result.lost_orders = work.lost_orders
        result.seconds = time.monotonic() - began
        return result

    def _left(self, claimed: set[claims.Claim], when: str) -> bool:
        return not claimed & claims.held(self.service.database, when)

    def _wait(self, what: str, done) -> None:
        processes.wait_for(what, done, ck_work.PATIENCE_SECONDS, 0.2)

    def _check_alive(self) -> None:
        for host, child in enumerate(self.service.processors):
            if child.process.poll() is not None:
                raise Fault(f"the processor of host {host} has ended")

    def _wait_for_claim_of(self, host: int) -> None:
        """Post small tasks until the healed host has claimed one."""
        claimed = self._claims_in_log(host)
        window = self.world.between(0, 1)
        give_up_at = time.monotonic() + ck_work.PATIENCE_SECONDS
        while self._claims_in_log(host) == claimed:
            if time.monotonic() > give_up_at:
                raise Fault(f"host {host} claims nothing after the fault")
            for scope_id in self.world.scope_ids[: ck_site.PROCESSORS]:
                self.operator.post([scope_id], window)
                self.oracle.rate(scope_id, window, self._number)
            self._wait(
                "end of small tasks",
                lambda: all(task.finished_at for task in self.service.tasks()),
            )

    def _claims_in_log(self, host: int) -> int:
        log = self.service.log(host)
        return log.count("task claimed") + log.count("tasks claimed")

    def _compare(self) -> int:
        """Compare all points and sums; return the number of points."""
        expected = self.oracle.rows()
        for database in self.service.databases:
            found = ck_oracle.read(database.engine, self.world.window)
            differences = compare.differences(expected, found)
            if differences.count:
                lines = "\n".join(differences.lines())
                raise Fault(f"{differences.count} points differ:\n{lines}")
        for host in ck_service.API_SERVERS:
            sums = self.operator.totals(self.world.window, host)
            if sums != self.oracle.totals():
                raise Fault(f"sums of the API of host {host} differ")
        return len(expected) * len(self.service.databases)
