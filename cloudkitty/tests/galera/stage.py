# SPDX-License-Identifier: Apache-2.0
"""Shared by all scenarios: servers, the data they begin with, the truth."""

import collections.abc
import contextlib
import datetime
import os
import pathlib
import tempfile
import time

import redis

from cloudkitty.tests.galera import clocks
from cloudkitty.tests.galera import cluster as ck_cluster
from cloudkitty.tests.galera import compare
from cloudkitty.tests.galera import deployment
from cloudkitty.tests.galera import needs
from cloudkitty.tests.galera import network as ck_network
from cloudkitty.tests.galera import plan as ck_plan
from cloudkitty.tests.galera import processes
from cloudkitty.tests.galera import running
from cloudkitty.tests.galera import servers

HOSTS = 3
_REDIS_PORT = 6389
#: Limit for work that takes a minute on two idle cores.
PATIENCE_SECONDS = 600
_BASE = "base"


class Stage:
    """Network, servers and data.

    :param stack: ends and removes all of it.
    :param plan: scopes, hours and tasks.
    """

    def __init__(
        self, stack: contextlib.ExitStack, plan: ck_plan.Plan
    ) -> None:
        self.plan = plan
        self._stack = stack
        self.folder = pathlib.Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="ckgalera"))
        )
        # The servers run as the user mysql.
        os.chmod(self.folder, 0o1777)
        self.network = ck_network.Network(stack, HOSTS)
        self._start_redis()
        installed = self.folder / "installed"
        servers.install(installed)
        self._plain = self._start_plain(installed)
        began = time.monotonic()
        self.cluster = ck_cluster.Cluster(
            stack, self.folder, self.network, installed
        )
        running.say(f"three Galera nodes: {time.monotonic() - began:.0f} s")
        self.clock_library = (
            clocks.build(self.folder) if clocks.compiler() else None
        )
        self._dump = self._make_base()
        self.truth = self._make_truth()

    def _start_redis(self) -> None:
        address = self.network.own_address
        child = processes.Child(
            [
                *(needs.find("redis-server") or "redis-server",),
                *("--bind", address, "--port", str(_REDIS_PORT)),
                *("--save", "", "--appendonly", "no"),
                *("--protected-mode", "no", "--dir", str(self.folder)),
            ],
            self.folder / "redis.log",
        )
        self._stack.callback(child.end)
        self._redis = redis.Redis(address, _REDIS_PORT)
        self._coordination_url = f"redis://{address}:{_REDIS_PORT}"

    def _start_plain(self, installed: pathlib.Path) -> servers.Server:
        folder = self.folder / "plain"
        servers.copy(installed, folder)
        server = servers.Server(folder, self.network.own_address)
        self._stack.callback(server.end)
        server.start()
        processes.wait_for("the plain server", server.ready, 120)
        return server

    def _deploy(
        self,
        stack: contextlib.ExitStack,
        name: str,
        hosts: collections.abc.Sequence[deployment.Host],
        end: datetime.datetime,
        chunk_points: int = 15,
    ) -> deployment.Deployment:
        # Locks of the processors that were killed last time.
        self._redis.flushall()
        return deployment.Deployment(
            *(stack, self.folder / name, self.plan, name, hosts),
            coordination_url=self._coordination_url,
            end=end,
            chunk_points=chunk_points,
        )

    def _plain_host(self) -> deployment.Host:
        return deployment.Host("plain", lambda *words: [*words], self._plain)

    def _make_base(self) -> str:
        """Rate the first half at another price; return the schema's dump."""
        began = time.monotonic()
        self._plain.ask(f"CREATE DATABASE {_BASE}")
        with contextlib.ExitStack() as stack:
            place = self._deploy(
                *(stack, _BASE, [self._plain_host()]),
                *(self.plan.rated.end, 20000),
            )
            place.begin()
            place.set_price(1)
            place.start()
            place.wait_until_done(PATIENCE_SECONDS)
            place.end()
            place.set_price(2)
        running.say(f"rated beforehand: {time.monotonic() - began:.0f} s")
        return self._plain.dump(_BASE)

    def _make_truth(self) -> list[compare.Row]:
        """Let one processor do all the work on the plain server."""
        began = time.monotonic()
        self._plain.restore("truth", self._dump)
        with contextlib.ExitStack() as stack:
            place = self._deploy(
                stack, "truth", [self._plain_host()], self.plan.end
            )
            place.accept(self.plan.tasks())
            place.start()
            place.wait_until_done(PATIENCE_SECONDS)
            place.end()
            if left := place.left():
                raise processes.NotReady(f"the undisturbed run: {left}")
            rows = compare.read(place.databases[0].engine)
        if len(rows) != self.plan.points():
            raise processes.NotReady(f"the undisturbed run: {len(rows)} rows")
        running.say(
            f"undisturbed, one plain server: {time.monotonic() - began:.0f} s,"
            f" {len(place.tasks())} tasks, {len(rows)} rows"
        )
        return rows

    def deploy(
        self,
        stack: contextlib.ExitStack,
        name: str,
        *,
        by_name: bool = False,
        ahead: collections.abc.Mapping[int, int] | None = None,
    ) -> deployment.Deployment:
        """Return a deployment on the cluster, with the data of the base.

        :param by_name: whether hosts use a name with several addresses.
        :param ahead: seconds by which the clocks of hosts are ahead.
        """
        self.cluster.nodes[0].restore(name, self._dump)
        hosts = []
        for number, node in enumerate(self.cluster.nodes):
            environment = {}
            if self.clock_library and ahead and number in ahead:
                environment = clocks.environment(
                    self.clock_library, ahead[number]
                )
            hosts.append(
                deployment.Host(
                    f"host-{number}",
                    lambda *words, number=number: self.network.inside(
                        number, *words
                    ),
                    node,
                    ck_network.DATABASE if by_name else None,
                    environment,
                )
            )
        return self._deploy(stack, name, hosts, self.plan.end)
