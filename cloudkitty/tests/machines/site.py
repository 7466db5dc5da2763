# SPDX-License-Identifier: Apache-2.0
"""Network and servers of a run."""

import contextlib
import os
import pathlib
import tempfile
import urllib.parse

from cloudkitty.tests import etcd
from cloudkitty.tests import lock_server
from cloudkitty.tests import rabbitmq
from cloudkitty.tests import silent_proxy
from cloudkitty.tests.galera import cluster as ck_cluster
from cloudkitty.tests.galera import network as ck_network
from cloudkitty.tests.galera import processes
from cloudkitty.tests.galera import servers

#: Hosts with a processor; each may have a Galera node.
PROCESSORS = 3
#: The host of the API that no fault concerns.
API_HOST = PROCESSORS
#: Seconds after which a lock expires, and limit of a request for one.
LOCK_SECONDS = 8
#: Found at import: during a test, the folder of temporary files is the test's
#: own, where the user mysql may not go.
_TEMPORARY = tempfile.gettempdir()
LOCK_SERVERS = {"redis": lock_server.Redis, "etcd": etcd.Etcd}


class Site:
    """Three hosts for processors, one for an API, and their servers.

    :param stack: ends and removes all of it.
    :param locks: a key of ``LOCK_SERVERS``.
    :param galera: a node on each processor's host; otherwise one MariaDB.
    """

    def __init__(
        self, stack: contextlib.ExitStack, locks: str, galera: bool
    ) -> None:
        self.folder = pathlib.Path(
            stack.enter_context(
                tempfile.TemporaryDirectory(prefix="ckhosts", dir=_TEMPORARY)
            )
        )
        # The servers run as the user mysql.
        os.chmod(self.folder, 0o1777)
        self.network = ck_network.Network(stack, PROCESSORS + 1)
        self._stack = stack
        self._start_locks(locks)
        self._start_bus()
        self.cluster: ck_cluster.Cluster | None = None
        self.servers = self._start_databases(galera)

    def _start_locks(self, kind: str) -> None:
        folder = self.folder / kind
        folder.mkdir()
        server = LOCK_SERVERS[kind](folder, self.network.own_address)
        self._stack.enter_context(server)
        self.locks_port = server.port
        self.coordination_url = server.url(LOCK_SECONDS)

    def _start_bus(self) -> None:
        # RabbitMQ lets its user guest in from 127.0.0.1 only.
        url = urllib.parse.urlsplit(rabbitmq.make_url(_Owner(self._stack)))
        proxy = self._stack.enter_context(
            silent_proxy.SilentProxy(
                url.port or 5672, self.network.own_address
            )
        )
        user = url.netloc.rpartition("@")[0]
        where = f"{self.network.own_address}:{proxy.port}"
        self.bus_url = url._replace(netloc=f"{user}@{where}").geturl()

    def _start_databases(self, galera: bool) -> list[servers.Server]:
        installed = self.folder / "installed"
        servers.install(installed)
        if galera:
            self.cluster = ck_cluster.Cluster(
                *(self._stack, self.folder, self.network, installed),
                count=PROCESSORS,
            )
            return list(self.cluster.nodes)
        server = servers.Server(installed, self.network.own_address)
        self._stack.callback(server.end)
        server.start()
        processes.wait_for("MariaDB", server.ready, 120)
        return [server]

    def server(self, host: int) -> servers.Server:
        """Return the database server that belongs to a host."""
        return self.servers[host % len(self.servers)]


class _Owner:
    """A stack, as a test that owns a virtual host of RabbitMQ."""

    def __init__(self, stack: contextlib.ExitStack) -> None:
        self.addCleanup = stack.callback  # noqa: N815

    def need(self, what: str, there: bool) -> None:
        if not there:
            raise processes.NotReady(f"{what} is not there")
