# SPDX-License-Identifier: Apache-2.0
"""One simulated deployment: real processors, everything around them fake."""

import collections.abc
import concurrent.futures
import datetime
import random
import typing

import urllib3

from cloudkitty.common import notifications
from cloudkitty.common import scopes
from cloudkitty.orchestrator import locks as ck_locks
from cloudkitty.orchestrator import resources
from cloudkitty.orchestrator import shards
from cloudkitty.orchestrator.engine import collect_and_rate
from cloudkitty.orchestrator.engine import writer as ck_writer
from cloudkitty.tests.fakes import clock as fake_clock
from cloudkitty.tests.fakes import fetcher as fake_fetcher
from cloudkitty.tests.simulation import deployment as ck_deployment
from cloudkitty.tests.simulation import faults as ck_faults
from cloudkitty.tests.simulation import governed
from cloudkitty.tests.simulation import hub as ck_hub
from cloudkitty.tests.simulation import situations
from cloudkitty.tests.simulation import spoiling
from cloudkitty.tests.simulation import stores
from cloudkitty.tests.simulation import transport
from cloudkitty.tests.simulation import usage
from cloudkitty.tests.simulation.rules import oracle as ck_oracle
from cloudkitty.tests.simulation.rules import records
from cloudkitty.tests.simulation.rules import shards as shard_rules
from cloudkitty.tests.simulation.rules import snapshot

#: The first period of all: the first of the month in which it begins.
FIRST = datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)
#: Two that a query might take for one another, and two full of syntax, of
#: which one is a regular expression that matches the others.
SCOPES = ("a", "A", 'b"}/% or 1', "c|.*\\", "d", "\u00e9")


class InlineExecutor(concurrent.futures.Executor):
    """Runs calls synchronously: a thread could not take turns."""

    def submit(
        self,
        work: collections.abc.Callable[..., typing.Any],
        /,
        *args: typing.Any,
        **kwargs: typing.Any,
    ) -> concurrent.futures.Future[typing.Any]:
        future: concurrent.futures.Future[typing.Any] = (
            concurrent.futures.Future()
        )
        try:
            future.set_result(work(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


class Chains:
    """The rules of all scopes, as they are when they are loaded."""

    def __init__(self, world: "World", owner: str, version: int) -> None:
        self._world = world
        self._owner = owner
        self._version = version

    def of(self, scope_id: str) -> typing.Any:
        world = self._world
        world.oracle.known_by(self._owner).take(scope_id)
        return usage.PriceChain(
            self._version, scope_id, world.hub, world.faults
        )


class World:
    """Everything that the actors of one seed share.

    :param deployment: of this process; emptied.
    :param draw: the seed's random numbers.
    :ivar snapshot: committed rows after the last change.
    :ivar log: what happened so far, one line a step.
    """

    def __init__(
        self, deployment: ck_deployment.Deployment, draw: random.Random
    ) -> None:
        self.deployment = deployment
        self.draw = draw
        self.conf = deployment.conf
        self.joined = draw.random() < 0.5
        every = draw.sample(SCOPES, draw.choice((1, 2, 3, 4, 4, 5, 6)))
        listed = draw.choice((1, len(every), len(every), len(every) - 1))
        #: All that the fetcher finds now,
        self.scope_ids = tuple(every[: max(1, listed)])
        #: and those that it finds later.
        self._unlisted = every[len(self.scope_ids) :]
        #: When these were found.
        self.listed_at: dict[str, datetime.datetime] = {}
        #: Locks that one processor may hold at once.
        self._most_locks = draw.choice((2, 3, 50))
        self.conf.set_override(
            "chunk_points", draw.choice((2, 8, 40)), group="orchestrator"
        )
        begin = FIRST + datetime.timedelta(hours=draw.randint(3, 8), minutes=5)
        self.clock = fake_clock.FakeClock(begin)
        self.hub = ck_hub.Hub(self.clock)
        self.faults = ck_faults.Faults(draw, ck_faults.draw_rates(draw))
        #: A scope whose collection fails until the faults end.
        self._broken = draw.choice((None, None, *self.scope_ids))
        self.samples = usage.Samples(draw)
        self.price_version = 1
        self.locks = stores.LockServer(self.hub, self.faults)
        self.governance = governed.Governance(
            draw, (self.conf, deployment.other_conf), FIRST
        )
        self.oracle = ck_oracle.Oracle(
            joined=self.joined,
            metrics=ck_deployment.METRICS,
            first=int(FIRST.timestamp()),
            most_attempts=ck_deployment.MOST_ATTEMPTS,
            periods=(ck_deployment.PERIOD, ck_deployment.OTHER_PERIOD),
            fewer_metrics=ck_deployment.FEWER_METRICS,
            rules=lambda: self.governance.rules,
        )
        #: Names of processors that run with another period.
        self.strangers: set[str] = set()
        #: Names of those that do not define all metrics.
        self.narrow = self.oracle.narrow
        #: Names of those that were asked to stop.
        self.stopping: set[str] = set()
        self.snapshot = snapshot.EMPTY
        self._records = records.EMPTY
        self._leases: shard_rules.Leases = {}
        self.log: list[str] = []
        self.failure: BaseException | None = None
        self._names = ck_locks.LockNames(self.conf)
        self._spoiling = spoiling.Spoiling(draw)
        self._fetcher = fake_fetcher.FakeFetcher(self.conf, self.scope_ids)
        self._engine, self._narrow_engine = (
            collect_and_rate.Engine(
                self.conf, collector, self.clock, InlineExecutor()
            )
            for collector in (deployment.collector, deployment.other_collector)
        )
        self.storage = (
            deployment.joining_storage
            if self.joined
            else stores.ServerStorage(
                self.conf, self.hub, self.faults, self._after_storage
            )
        )
        deployment.turnstile.connect(self.hub, self.faults, self._after_commit)

    @property
    def every_scope(self) -> tuple[str, ...]:
        """Those that the fetcher finds now or later."""
        return (*self.scope_ids, *self._unlisted)

    def list_more(self) -> list[str]:
        """Let the fetcher find two more scopes; return them."""
        more, self._unlisted = self._unlisted[:2], self._unlisted[2:]
        self.scope_ids += tuple(more)
        self.listed_at |= dict.fromkeys(more, self.clock.now())
        self._fetcher.scopes = list(self.scope_ids)
        self.oracle.situations[situations.SCOPE_LISTED] += len(more)
        return more

    @property
    def unix(self) -> float:
        """The time, Unix."""
        return self.clock.now().timestamp()

    def make_resources(self, owner: str) -> resources.Resources:
        """Return the resources of a processor named ``owner``."""
        database = self.deployment.database
        conf = self.conf
        if owner in self.strangers:
            conf = self.deployment.other_conf

        def load_chain(scope_id: str | None) -> typing.Any:
            self.hub.point("load rules")
            known = self.oracle.known_by(owner)
            known.load(self.price_version)
            known.take(str(scope_id))
            return usage.PriceChain(
                self.price_version, str(scope_id), self.hub, self.faults
            )

        def load_chains() -> Chains:
            self.hub.point("load rules")
            self.oracle.known_by(owner).load(self.price_version, cohort=True)
            return Chains(self, owner, self.price_version)

        return resources.Resources(
            conf=conf,
            clock=self.clock,
            database=database,
            locks=typing.cast(
                ck_locks.Locks,
                stores.Locks(
                    self._names, self.locks, self.hub, self._most_locks
                ),
            ),
            fetcher=self._fetcher,
            storage=self.storage,
            engine=(
                self._narrow_engine if owner in self.narrow else self._engine
            ),
            writer=ck_writer.Writer(database, self.storage),
            storing=InlineExecutor(),
            shards=shards.Shards(database, self.clock, owner, 60),
            claims=resources.make_claims(
                conf, database, self.clock, owner=owner
            ),
            load_chain=load_chain,
            load_chains=load_chains,
            notifications=notifications.SILENT,
        )

    def kill(self, actor: ck_hub.Actor) -> None:
        """End a process: its transaction and its locks are gone."""
        self.deployment.turnstile.abandon(actor)
        self.hub.kill(actor)
        self.locks.expire(actor)

    def send(
        self, pool: object, method: str, url: str, **options: object
    ) -> urllib3.HTTPResponse:
        """Answer a request as Prometheus, or fail as it may.

        It stands in for ``urllib3.HTTPConnectionPool.urlopen``.
        """
        hub = self.hub
        hub.point("ask")
        query = transport.parse(url, options.get("body"))
        found = {
            scope_id: self.samples.find(query.metric, scope_id, query.starts)
            for scope_id in query.scope_ids
        }
        kind = self.faults.at("collector")
        if self._broken in query.scope_ids and self._trouble():
            kind = "500"
        known = self.oracle.known_by(hub.current.name)
        known.ask(query)
        if not self.faults.on:
            self._spoiling.stop()
        self._spoiling.alter(hub.current, query, found, kind)
        response = transport.respond(
            transport.answer(found, ck_deployment.PERIOD), kind
        )
        if kind not in transport.UNUSABLE - transport.BAD_PERIOD:
            known.learn(query, found)
        hub.point("answered")
        return response

    def _trouble(self) -> bool:
        """Return whether the broken scope fails now."""
        # Live rating has to come somewhere first, for tasks to be posted.
        return self.faults.on and self.hub.current.kind == "reprocess"

    def _after_commit(self) -> None:
        """Check the commit of the current actor."""
        reading = self.deployment.reading
        before = self.snapshot
        points = before.points
        if self.joined and self.deployment.turnstile.wrote_points:
            points = snapshot.read_points(reading)
        self.snapshot = snapshot.Snapshot(
            snapshot.read_tasks(reading),
            snapshot.read_states(reading),
            points,
        )
        actor = self.hub.current
        self._judge(
            lambda: self.oracle.committed(
                actor.name, actor.kind, self.unix, before, self.snapshot
            )
        )
        if actor.name in self.strangers:
            self._judge(
                lambda: self.oracle.of_another_period(
                    before,
                    self.snapshot,
                    stopping=actor.name in self.stopping,
                )
            )
        kept, self._records = self._records, records.read(reading)
        self._judge(
            lambda: self.oracle.recorded(
                kept, self._records, before, self.snapshot
            )
        )

        held, self._leases = self._leases, shard_rules.read(reading)
        self._judge(
            lambda: self.oracle.shared(
                actor.name, self.unix, held, self._leases
            )
        )

    def _after_storage(self, scope_id: str) -> None:
        """Check the points of a scope stored by the current actor."""
        before = self.snapshot.points
        points = snapshot.points_of(
            typing.cast(stores.ServerStorage, self.storage)
        )
        self.snapshot = self.snapshot._replace(points=points)
        actor = self.hub.current
        name = self._names.of_scope(scope_id)
        locked = self.locks.holders.get(name) is actor
        self._judge(
            lambda: self.oracle.stored(
                actor.name, scope_id, before, points, locked
            )
        )

    def _judge(self, check: collections.abc.Callable[[], None]) -> None:
        # Not raised here: production code would take it for its own.
        try:
            check()
        except AssertionError as error:
            self.failure = self.failure or error

    def scope(self, scope_id: str) -> scopes.Scope:
        """Return the scope as live rating makes it."""
        return scopes.Scope(
            identifier=scope_id,
            scope_key=self.conf.collect.scope_key,
            fetcher=self.conf.fetcher.backend,
            collector=self.conf.collect.collector,
        )
