# SPDX-License-Identifier: Apache-2.0
"""Faults of a host, each with its end."""

import collections.abc
import dataclasses
import signal

from cloudkitty.tests.galera import processes
from cloudkitty.tests.galera import servers
from cloudkitty.tests.machines import service as ck_service

Step = collections.abc.Callable[[ck_service.Service, int], None]


@dataclasses.dataclass(frozen=True)
class Fault:
    """One kind.

    :param says: in words.
    :param strike: begins it on a host.
    :param heal: ends it.
    :param node: whether it concerns the database node of the host; no fault
        concerns that of host 0.
    :param kills: whether orders of resets that wait in the processor's
        memory are lost.
    """

    says: str
    strike: Step
    heal: Step
    node: bool = False
    kills: bool = False


def _heal_network(service: ck_service.Service, host: int) -> None:
    service.site.network.heal(host)


def _stop(service: ck_service.Service, host: int) -> None:
    service.processors[host].signal(signal.SIGSTOP)


def _continue(service: ck_service.Service, host: int) -> None:
    service.processors[host].signal(signal.SIGCONT)


def _cut_database(service: ck_service.Service, host: int) -> None:
    service.site.network.silence_port(host, servers.PORT)


def _cut_locks(service: ck_service.Service, host: int) -> None:
    service.site.network.silence_port(host, service.site.locks_port)


def _cut_node(service: ck_service.Service, host: int) -> None:
    service.site.network.cut_from_peers(host)


def _heal_node(service: ck_service.Service, host: int) -> None:
    service.site.network.heal(host)
    _wait_for_nodes(service)


def _kill_node(service: ck_service.Service, host: int) -> None:
    child = _cluster(service).nodes[host].child
    if child is not None:
        child.kill()


def _start_node(service: ck_service.Service, host: int) -> None:
    _cluster(service).nodes[host].start_again()
    _wait_for_nodes(service)


def _wait_for_nodes(service: ck_service.Service) -> None:
    _cluster(service).wait_for_all()


def wait_for_others(service: ck_service.Service, host: int) -> None:
    """Wait until the nodes of the other hosts are a cluster on their own.

    A read that waits for their commits, and begins before, may get no answer
    for 30 seconds (``repl.causal_read_timeout``).
    """
    _cluster(service).wait_for_all(without=host)


def _cluster(service: ck_service.Service):
    if service.site.cluster is None:
        raise processes.NotReady("this site has no Galera nodes")
    return service.site.cluster


ALL = {
    "kill": Fault(
        "processor killed",
        ck_service.Service.kill,
        ck_service.Service.restart,
        kills=True,
    ),
    "stop": Fault("processor stopped (SIGSTOP)", _stop, _continue),
    "cut-database": Fault(
        "host cut off from the database", _cut_database, _heal_network
    ),
    "cut-locks": Fault(
        "host cut off from the lock server", _cut_locks, _heal_network
    ),
    "kill-node": Fault(
        "Galera node killed", _kill_node, _start_node, node=True
    ),
    "cut-node": Fault(
        "Galera node cut off from the others", _cut_node, _heal_node, node=True
    ),
}
