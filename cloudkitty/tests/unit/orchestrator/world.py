# SPDX-License-Identifier: Apache-2.0
"""A processor in memory: real database and storage, the rest faked."""

import concurrent.futures
import datetime
import decimal
import threading

from cloudkitty import dataframe
from cloudkitty.collector import metrics
from cloudkitty.common import periods
from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.db.scopes import updates as scope_updates
from cloudkitty.db.tasks import events as task_events
from cloudkitty.db.tasks import notes as task_notes
from cloudkitty.db.tasks import queries as task_queries
from cloudkitty.db.tasks import totals as task_totals
from cloudkitty.orchestrator import locks
from cloudkitty.orchestrator import resources
from cloudkitty.orchestrator import shards
from cloudkitty.orchestrator.engine import collect_and_rate
from cloudkitty.orchestrator.engine import writer as ck_writer
from cloudkitty.rating import base as rating_base
from cloudkitty.storage import base as storage_base
from cloudkitty.storage import loader as storage_loader
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests import new_scopes
from cloudkitty.tests import new_tasks
from cloudkitty.tests.fakes import clock
from cloudkitty.tests.fakes import collector
from cloudkitty.tests.fakes import fetcher
from cloudkitty.tests.fakes import notifications

HOUR = 3600
NOW = "2026-11-02T09:04"


def metric(key, alt_name=None, **fields):
    """Return a definition of ``key``."""
    return metrics.Metric(
        key=key,
        name=key.partition("@#")[0],
        alt_name=alt_name or key,
        unit="unit",
        groupby=("project_id",),
        **fields,
    )


def hours(first, count):
    """Return the window of ``count`` hours from ``first`` on."""
    begin = base.utc(first)
    return periods.Window(begin, begin + datetime.timedelta(hours=count))


class PriceChain:
    """Rating modules with the same price for all metrics.

    :ivar price: of one unit.
    :ivar broken_at: beginnings of periods that it cannot rate.
    :ivar error: raised for those periods.
    """

    def __init__(self):
        self.price = decimal.Decimal(2)
        self.broken_at = set()
        self.error = rating_base.RatingError("rule 7 is broken")
        self.rated = []

    def rate(self, frame):
        if frame.start in self.broken_at:
            raise self.error
        self.rated.append(frame.start)
        usage = {
            name: [point.set_price(point.qty * self.price) for point in found]
            for name, found in frame.itertypes()
        }
        return dataframe.DataFrame(frame.start, frame.end, usage)


class Chains:
    """The rating modules of all scopes.

    :param load: returns those of one scope.
    """

    def __init__(self, load):
        self.of = load


class ImpatientEvent(threading.Event):
    """A stop flag whose waits are only counted."""

    def __init__(self):
        super().__init__()
        self.waits = []

    def wait(self, timeout=None):
        self.waits.append(timeout)
        return self.is_set()


class World:
    """The resources of one worker, with two metrics.

    :param test: the test it is for.
    :param backend: kind of the database.
    :param options: option groups, as ``make_conf`` takes them.
    """

    METRICS = (metric("cpu"), metric("disk"))

    def __init__(self, test, definitions=METRICS, backend="sqlite", **options):
        options.setdefault("orchestrator", {}).setdefault(
            "coordination_url", f"file://{test.make_folder()}"
        )
        self.conf = test.make_conf(
            collect={"collector": "fake", "period": HOUR},
            fetcher={"backend": "source"},
            **options,
        )
        self.clock = clock.FakeClock(base.utc(NOW))
        self.stop = ImpatientEvent()
        self.told = notifications.FakeNotifications()
        self.database = databases.make_database(test, backend)
        self.collector = collector.FakeCollector(self.conf, definitions)
        self.fetcher = fetcher.FakeFetcher(self.conf)
        self.storage = storage_loader.load(self.conf, self.database)
        self.storage.init()
        test.addCleanup(self.storage.close)
        self.chain = PriceChain()
        self.chains_of = []
        self.locks = locks.Locks(self.conf)
        self.locks.start()
        test.addCleanup(self.locks.stop)
        self.engine = collect_and_rate.Engine(
            self.conf, self.collector, self.clock
        )
        test.addCleanup(self.engine.close)
        self.storing = concurrent.futures.ThreadPoolExecutor(1)
        test.addCleanup(self.storing.shutdown)
        self.resources = self.make_resources("one")

    def make_resources(self, owner):
        """Return the resources of a worker named ``owner``."""

        def load_chain(scope_id):
            self.chains_of.append(scope_id)
            return self.chain

        made = resources.Resources(
            conf=self.conf,
            clock=self.clock,
            database=self.database,
            locks=self.locks,
            fetcher=self.fetcher,
            storage=self.storage,
            engine=self.engine,
            writer=ck_writer.Writer(self.database, self.storage),
            storing=self.storing,
            shards=shards.Shards(self.database, self.clock, owner, 60),
            claims=resources.make_claims(
                self.conf, self.database, self.clock, owner=owner
            ),
            load_chain=load_chain,
            # Tests replace ``load_chain``.
            load_chains=lambda: Chains(
                lambda scope_id: made.load_chain(scope_id)
            ),
            notifications=self.told,
        )
        return made

    def change_period(self, test, seconds):
        """Restart the worker with another ``[collect] period``.

        The collector has nothing then.
        """
        self.conf.set_override("period", seconds, group="collect")
        self.collector = collector.FakeCollector(
            self.conf, self.collector.definitions
        )
        self.engine = collect_and_rate.Engine(
            self.conf, self.collector, self.clock
        )
        test.addCleanup(self.engine.close)
        self.resources = self.make_resources("other")

    def scope(self, scope_id):
        """Return the scope as live rating makes it."""
        return new_scopes.make(scope_id, collector="fake")

    def add_scope(self, scope_id, last):
        """Insert a scope that is rated up to the period ``last``."""
        return self.database.write(
            lambda session: scope_updates.create(
                session, self.scope(scope_id), base.utc(last)
            )
        )

    def state(self, scope_id):
        """Return the scope's row, or None."""
        with self.database.reader() as session:
            return scope_queries.get(session, self.scope(scope_id))

    def last(self, scope_id):
        """Return the last rated period of the scope, as text."""
        state = self.state(scope_id)
        return state and f"{state.last_processed_at:%Y-%m-%dT%H:%M}"

    def add_task(self, scope_id, window, **fields):
        """Insert a task and return its id."""
        new = new_tasks.make(
            scope_id, window.begin, window.period_count(HOUR), **fields
        )
        self.database.write(
            lambda session: new_tasks.insert(session, [new], self.clock.now())
        )
        with self.database.reader() as session:
            return max(task.id for task in task_queries.find(session))

    def task_ids(self):
        """Return the ids of all tasks."""
        with self.database.reader() as session:
            return [task.id for task in task_queries.find(session)]

    def task(self, task_id):
        """Return the task's row."""
        with self.database.reader() as session:
            return task_queries.get(session, task_id)

    def records(self, task_id):
        """Return (totals, notes, events) that are kept of the task."""
        with self.database.reader() as session:
            return (
                task_totals.find(session, task_id),
                task_notes.find(session, task_id),
                task_events.find(session, task_id),
            )

    def put(self, key, scope_id, window, quantity=1):
        """Give the collector one quantity for each period."""
        for period in window.periods(HOUR):
            self.collector.put(key, scope_id, period.begin, quantity)

    def stored(self, scope_id):
        """Return the stored periods of a scope, as pairs of texts."""
        found = self.storage.retrieve(
            storage_base.Query(
                window=hours("2026-01-01T00:00", 24 * 365),
                filters={"project_id": [scope_id]},
            )
        )
        return [
            (f"{frame.start:%dT%H:%M}", f"{frame.end:%dT%H:%M}")
            for frame in found.frames
        ]

    def points(self, scope_id=None, metrics=()):
        """Return all stored points: (hour, scope, metric, qty, price)."""
        filters = {"project_id": [scope_id]} if scope_id else {}
        found = self.storage.retrieve(
            storage_base.Query(
                window=hours("2026-01-01T00:00", 24 * 365),
                filters=filters,
                metrics=metrics,
            )
        )
        return sorted(
            (
                f"{frame.start:%dT%H}",
                point.groupby["project_id"],
                name,
                int(point.qty),
                int(point.price),
            )
            for frame in found.frames
            for name, point in frame.iterpoints()
        )
