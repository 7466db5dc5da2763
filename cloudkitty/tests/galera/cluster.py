# SPDX-License-Identifier: Apache-2.0
"""Three Galera nodes, each on a host of its own."""

import collections.abc
import contextlib
import pathlib
import re

import pymysql

from cloudkitty.tests.galera import needs
from cloudkitty.tests.galera import network as ck_network
from cloudkitty.tests.galera import processes
from cloudkitty.tests.galera import servers

#: A state transfer takes 10 to 60 seconds on two busy cores.
_START_SECONDS = 240
_RECOVERED = re.compile(r"Recovered position:? *([0-9a-f-]{36}:-?\d+)")
#: Counters of transactions that one node undid for another.
CONFLICTS = ("wsrep_local_cert_failures", "wsrep_local_bf_aborts")


class Node(servers.Server):
    """One node.

    :param peers: addresses of all nodes.
    """

    def __init__(
        self,
        folder: pathlib.Path,
        address: str,
        before: collections.abc.Sequence[str],
        peers: collections.abc.Sequence[str],
    ) -> None:
        super().__init__(folder, address, before)
        self._peers = peers

    def command(self, *more: str) -> list[str]:
        """Return the command that starts it and joins the others."""
        return super().command(
            *("--binlog-format=ROW", "--innodb-autoinc-lock-mode=2"),
            *("--wsrep-on=ON", f"--wsrep-provider={needs.provider()}"),
            "--wsrep-cluster-name=cloudkitty",
            f"--wsrep-cluster-address=gcomm://{','.join(self._peers)}",
            f"--wsrep-node-address={self.address}",
            *("--wsrep-sst-method=rsync", "--wsrep-slave-threads=2"),
            # The default lays 128 MiB out.
            "--wsrep-provider-options=gcache.size=64M",
            *more,
        )

    def found(self) -> None:
        """Start it as the first node of a cluster."""
        self.start("--wsrep-cluster-address=gcomm://")

    def start_again(self) -> None:
        """Start it where it was killed, without a whole state transfer."""
        log = self.log.with_suffix(".recovery")
        with log.open("wb"):
            pass
        recovery = processes.Child(self.command("--wsrep-recover"), log)
        try:
            recovery.process.wait(60)
        finally:
            recovery.kill()
        found = _RECOVERED.findall(log.read_text(errors="replace"))
        self.start(*(f"--wsrep-start-position={at}" for at in found[-1:]))

    def status(self, name: str) -> str:
        """Return the value of a status variable."""
        rows = self.ask(f"SHOW GLOBAL STATUS LIKE '{name}'")
        return rows[0][1] if rows else ""

    def synced(self) -> bool:
        """Return whether it takes part, with all that the others have."""
        self.check_alive()
        try:
            return (
                self.status("wsrep_local_state_comment") == "Synced"
                and self.status("wsrep_ready") == "ON"
            )
        except pymysql.err.MySQLError:
            return False

    def conflicts(self) -> list[int]:
        """Return the counters of ``CONFLICTS``."""
        return [int(self.status(name) or 0) for name in CONFLICTS]


class Cluster:
    """The nodes; all run when it is made.

    :param stack: ends them.
    :param folder: for their data.
    :param installed: a new server's folder.
    :param count: how many hosts have a node, from the first one on.
    """

    def __init__(
        self,
        stack: contextlib.ExitStack,
        folder: pathlib.Path,
        network: ck_network.Network,
        installed: pathlib.Path,
        count: int = 3,
    ) -> None:
        self.nodes = []
        addresses = network.addresses[:count]
        for number, address in enumerate(addresses):
            place = folder / f"node-{number}"
            servers.copy(installed, place)
            self.nodes.append(
                Node(
                    place,
                    address,
                    network.inside(number),
                    addresses,
                )
            )
        for number, node in enumerate(self.nodes):
            stack.callback(node.end)
            # One after the other: each is given the data by another.
            if number:
                node.start()
            else:
                node.found()
            self.wait_for_node(number)

    def wait_for_node(self, number: int) -> float:
        """Wait until a node takes part; return the seconds."""
        return processes.wait_for(
            f"node {number}", self.nodes[number].synced, _START_SECONDS
        )

    def wait_for_all(self, without: int | None = None) -> None:
        """Wait until all nodes take part, in one cluster.

        :param without: a node that must have left it.
        """
        numbers = [n for n in range(len(self.nodes)) if n != without]
        size = str(len(numbers))
        for number in numbers:
            self.wait_for_node(number)
            node = self.nodes[number]
            processes.wait_for(
                f"cluster of node {number}",
                lambda node=node: node.status("wsrep_cluster_size") == size,
                _START_SECONDS,
            )

    def conflicts(self) -> list[int]:
        """Return the counters of ``CONFLICTS``, of all nodes together."""
        return [
            sum(values)
            for values in zip(
                *(node.conflicts() for node in self.nodes), strict=True
            )
        ]
