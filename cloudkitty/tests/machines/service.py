# SPDX-License-Identifier: Apache-2.0
"""Processors and APIs on the hosts of a site."""

import contextlib
import datetime
import pathlib
import re
import sys

from cloudkitty import conf as ck_conf
from cloudkitty.db import facade
from cloudkitty.db import migration
from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.db.scopes import updates as scope_updates
from cloudkitty.db.tasks import queries as task_queries
from cloudkitty.db.tasks import records as task_records
from cloudkitty.tests import new_scopes
from cloudkitty.tests.fakes import api as fake_api
from cloudkitty.tests.functional.orchestrator import deployment
from cloudkitty.tests.galera import network as ck_network
from cloudkitty.tests.galera import plan as ck_plan
from cloudkitty.tests.galera import processes
from cloudkitty.tests.galera import settings
from cloudkitty.tests.machines import site as ck_site
from cloudkitty.tests.machines import world as ck_world

SCHEMA = "cloudkitty"
API_PORT = 8889
#: Hosts with an API, and whose database server it uses. No fault concerns the
#: first one; the other one shares its host with a processor on another server.
API_SERVERS = {ck_site.API_HOST: 0, 1: 2}
#: Cohorts of a few scopes and transactions of a few periods.
CHUNK_POINTS = 16
_MORE = """
[DEFAULT]
auth_strategy = noauth
api_paste_config = {paste}
[database]
mysql_wsrep_sync_wait = {sync_wait}
"""
#: Resets of a message, and one that a processor has executed or, because of a
#: task, refused.
_ORDERED = re.compile(r"scope reset ordered scopes=(\d+)")
_RESET = re.compile(r"scope (?:not )?reset scope_id=(\S+)")


class Service:
    """One schema, three processors, and APIs on two hosts.

    :param stack: ends the processes.
    :param site: network and servers.
    :param world: scopes and hours.
    """

    def __init__(
        self,
        stack: contextlib.ExitStack,
        site: ck_site.Site,
        world: ck_world.World,
    ) -> None:
        self.site = site
        self.world = world
        self._stack = stack
        self.folder = site.folder / "service"
        self.folder.mkdir()
        (self.folder / "metrics.yml").write_text(deployment.METRICS)
        (self.folder / "samples.om").write_text(world.samples())
        site.servers[0].ask(f"CREATE DATABASE {SCHEMA} CHARSET utf8mb4")
        self.databases = [
            self._connect(number) for number in range(len(site.servers))
        ]
        #: As ``database``, but it does not wait for commits of other nodes.
        self.unsynced = self._connect(0, sync_wait=0)
        self.processors: list[processes.Child] = []
        self._lost_orders = [0] * ck_site.PROCESSORS
        self._make_scopes()

    def _connect(self, number: int, sync_wait: int = 1) -> facade.Database:
        name = f"reader-{number}-{sync_wait}"
        file = self._write(name, "unused", sync_wait)
        conf = ck_conf.make(["--config-file", str(file)])
        url = self.site.servers[number].url(SCHEMA)
        database = facade.Database(conf, url)
        self._stack.callback(database.dispose)
        return database

    @property
    def database(self) -> facade.Database:
        """A server that no fault concerns."""
        return self.databases[0]

    def _write(
        self, name: str, connection: str, sync_wait: int = 1
    ) -> pathlib.Path:
        world = self.world
        now = datetime.datetime.now(datetime.UTC)
        return settings.write(
            self.folder / f"{name}.conf",
            transport_url=self.site.bus_url.replace("%", "%%"),
            host=name,
            connection=connection,
            wait_periods=ck_plan.wait_periods(world.end, now),
            folder=self.folder,
            scopes=",".join(world.scope_ids),
            coordination_url=self.site.coordination_url,
            chunk_points=CHUNK_POINTS,
            more=_MORE.format(paste=fake_api.PASTE, sync_wait=sync_wait),
        )

    def _make_scopes(self) -> None:
        migration.upgrade(self.database)
        last = self.world.window.begin - datetime.timedelta(hours=1)

        def add(session):
            for scope_id in self.world.scope_ids:
                scope = new_scopes.make(scope_id)
                scope_updates.create(session, scope, last)

        self.database.write(add)

    def set_price(self, cost: int) -> None:
        """Make hashmap ask ``cost`` for each unit of both metrics."""
        deployment.set_price(self.database, cost, self.world.window.begin)

    def start(self) -> None:
        """Start all processors and APIs."""
        for host in range(ck_site.PROCESSORS):
            self.processors.append(self._processor(host))
        for host in API_SERVERS:
            self._start_api(host)

    def restart(self, host: int) -> None:
        """Start the processor of a host again."""
        self.processors[host] = self._processor(host)

    def _processor(self, host: int) -> processes.Child:
        galera = self.site.cluster is not None
        connection = self.site.server(host).url(
            SCHEMA, ck_network.DATABASE if galera else None
        )
        file = self._write(f"host-{host}", connection, sync_wait=0)
        return self._run(
            *(host, f"host-{host}", "-m", "cloudkitty.cli.processor"),
            *("--config-file", str(file)),
        )

    def _start_api(self, host: int) -> None:
        server = self.site.server(API_SERVERS[host])
        file = self._write(f"api-{host}", server.url(SCHEMA))
        address = self.site.network.addresses[host]
        self._run(
            *(host, f"api-{host}", "-m", "cloudkitty.tests.wsgi_server"),
            *("cloudkitty.wsgi.api", address, str(API_PORT)),
            environment={"OS_CLOUDKITTY_CONFIG_FILES": str(file)},
        )

    def _run(
        self,
        host: int,
        name: str,
        *arguments: str,
        environment: dict[str, str] | None = None,
    ) -> processes.Child:
        child = processes.Child(
            self.site.network.inside(
                host, sys.executable, "-W", "ignore", *arguments
            ),
            self.folder / f"{name}.log",
            environment,
        )
        self._stack.callback(child.kill)
        return child

    def log(self, host: int) -> str:
        """Return the log of a host's processors so far."""
        file = self.folder / f"host-{host}.log"
        return file.read_text(errors="replace")

    def resets(self) -> list[str]:
        """Return the scope of each order of a reset that has ended."""
        return [
            scope_id
            for host in range(ck_site.PROCESSORS)
            for scope_id in _RESET.findall(self.log(host))
        ]

    def pending_resets(self, host: int) -> int:
        """Return how many resets a processor has accepted and not ended.

        One that a stopped processor has accepted may be executed twice.
        """
        log = self.log(host)
        ordered = sum(map(int, _ORDERED.findall(log)))
        return ordered - len(_RESET.findall(log)) - self._lost_orders[host]

    def kill(self, host: int) -> None:
        """Kill a processor; the orders in its memory are lost."""
        self.processors[host].kill()
        self._lost_orders[host] += self.pending_resets(host)

    def tasks(self) -> list[task_records.Task]:
        """Return all tasks, oldest first."""
        with self.database.reader() as session:
            return task_queries.find(session, ascending=True)

    def behind(self) -> list[str]:
        """Return the scopes with due periods."""
        last = self.world.end - datetime.timedelta(hours=1)
        with self.database.reader() as session:
            return [
                state.scope.identifier
                for state in scope_queries.find(session)
                if state.last_processed_at < last
            ]

    def end(self) -> None:
        """Let the processors end by themselves."""
        for child in self.processors:
            child.process.terminate()
        for child in self.processors:
            child.end(60)
