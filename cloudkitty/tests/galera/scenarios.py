# SPDX-License-Identifier: Apache-2.0
"""The disturbances of hosts. Host and node 0 are always left alone."""

import collections.abc
import contextlib
import dataclasses
import signal
import time

from cloudkitty.tests.galera import cluster as ck_cluster
from cloudkitty.tests.galera import deployment
from cloudkitty.tests.galera import network as ck_network
from cloudkitty.tests.galera import race
from cloudkitty.tests.galera import silence
from cloudkitty.tests.galera import stage as ck_stage

#: Seconds for which processes are stopped: longer than any lease or lock.
STOPPED_SECONDS = 45
#: Seconds for which a node is cut off: Galera notices after about five.
CUT_SECONDS = 25
#: Seconds by which clocks are wrong: several leases.
SKEW_SECONDS = 60
RACES = 40


@dataclasses.dataclass
class Run:
    """A scenario in progress.

    :param figures: shown in its line.
    :param faults: unexpected results.
    """

    place: deployment.Deployment
    cluster: ck_cluster.Cluster
    network: ck_network.Network
    stack: contextlib.ExitStack
    figures: list[str] = dataclasses.field(default_factory=list)
    faults: list[str] = dataclasses.field(default_factory=list)

    def accept(self) -> None:
        """Let all tasks be accepted, one after the other."""
        self.place.accept(self.place.plan.tasks())

    def wait_until_done(self) -> None:
        """Wait until all tasks are terminal and no period is due."""
        self.place.wait_until_done(ck_stage.PATIENCE_SECONDS)


Step = collections.abc.Callable[[Run], None]


def _nothing(run: Run) -> None:
    pass


def _kill(run: Run) -> None:
    run.place.processors[1].kill()
    node = run.cluster.nodes[2]
    if node.child is not None:
        node.child.kill()
    time.sleep(10)
    node.start_again()


def _stop(run: Run) -> None:
    children = [run.place.processors[1], run.cluster.nodes[2].child]
    for child in children:
        child.signal(signal.SIGSTOP)
    time.sleep(STOPPED_SECONDS)
    for child in children:
        child.signal(signal.SIGCONT)


def _cut(run: Run) -> None:
    run.network.cut_from_peers(2)
    time.sleep(CUT_SECONDS)
    run.network.heal(2)


def _silence(run: Run) -> None:
    began, claimed = silence.begin(run.place, run.network, 2)
    seconds = silence.wait_until_left(run.place, claimed, "host-2", began)
    run.figures.append(f"its {len(claimed)} claims left after {seconds:.0f} s")
    if seconds > silence.LIMIT_SECONDS:
        run.faults.append(f"later than {silence.LIMIT_SECONDS} s")
    # All the rest is done without the silent host.
    run.wait_until_done()
    run.figures.append(f"all done after {time.monotonic() - began:.0f} s")
    run.network.heal(2)


def _race(run: Run) -> None:
    tasks = run.place.plan.tasks()
    refused = race.play(run.place, run.stack, tasks[:RACES])
    run.place.accept(tasks[RACES:])
    run.figures.append(f"{RACES} windows accepted once, {refused} refused")


@dataclasses.dataclass(frozen=True)
class Scenario:
    """A disturbance and its conditions.

    :param says: the disturbance, in words.
    :param accept: makes the tasks.
    :param disturb: is called when all hosts are at work.
    :param by_name: see ``Stage.deploy``.
    :param ahead: see ``Stage.deploy``.
    """

    says: str
    accept: Step = Run.accept
    disturb: Step = _nothing
    by_name: bool = False
    ahead: dict[int, int] = dataclasses.field(default_factory=dict)


ALL = {
    "kill": Scenario(
        "kill -9 of a processor and of another host's node",
        disturb=_kill,
        by_name=True,
    ),
    "stop": Scenario(
        f"SIGSTOP of a processor and of another host's node for "
        f"{STOPPED_SECONDS} s",
        disturb=_stop,
        by_name=True,
    ),
    "skew": Scenario(
        f"clocks {SKEW_SECONDS} s ahead and {SKEW_SECONDS} s behind",
        ahead={1: SKEW_SECONDS, 2: -SKEW_SECONDS},
    ),
    "cut": Scenario(
        f"a node cut off from its peers for {CUT_SECONDS} s", disturb=_cut
    ),
    "silence": Scenario(
        "a host's packets to its database dropped", disturb=_silence
    ),
    "race": Scenario(
        f"{RACES} windows posted on three nodes at once", accept=_race
    ),
}
