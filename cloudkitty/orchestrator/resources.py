# SPDX-License-Identifier: Apache-2.0
"""Resources of one worker process."""

import collections.abc
import concurrent.futures
import contextlib
import dataclasses
import functools
import importlib.util
import os
import typing
import uuid

from oslo_config import cfg

from cloudkitty import version
from cloudkitty.collector import loader as collector_loader
from cloudkitty.collector import metrics as ck_metrics
from cloudkitty.common import clock as ck_clock
from cloudkitty.common import exceptions
from cloudkitty.common import notifications as ck_notifications
from cloudkitty.common import periods
from cloudkitty.db import facade
from cloudkitty.db import startup
from cloudkitty.db import workers as db_workers
from cloudkitty.fetcher import base as fetcher_base
from cloudkitty.fetcher import loader as fetcher_loader
from cloudkitty.orchestrator import at_work as ck_at_work
from cloudkitty.orchestrator import heartbeat as ck_heartbeat
from cloudkitty.orchestrator import locks
from cloudkitty.orchestrator import shards as ck_shards
from cloudkitty.orchestrator.engine import chunks
from cloudkitty.orchestrator.engine import collect_and_rate
from cloudkitty.orchestrator.engine import collection
from cloudkitty.orchestrator.engine import members as ck_members
from cloudkitty.orchestrator.engine import pipeline
from cloudkitty.orchestrator.engine import set_parts
from cloudkitty.orchestrator.engine import writer
from cloudkitty.rating import base as rating_base
from cloudkitty.rating import loader as rating_loader
from cloudkitty.rating import skip
from cloudkitty.storage import base as storage_base
from cloudkitty.storage import loader as storage_loader
from cloudkitty.storage import readiness
from cloudkitty.tasks import claims
from cloudkitty.tasks import governance
from cloudkitty.tasks import retries as task_retries


class LoadChain(typing.Protocol):
    """Builds the rating modules of a scope with the current rules."""

    def __call__(self, scope_id: str | None) -> rating_loader.Chain: ...


@dataclasses.dataclass(frozen=True, slots=True)
class _OneChain:
    """The rating modules of one scope."""

    chain: rating_loader.Chain

    def of(self, scope_id: str) -> rating_loader.Chain:
        return self.chain


@dataclasses.dataclass(frozen=True, kw_only=True)
class Resources:
    """The objects needed by live rating and reprocessing.

    Built after the fork.
    """

    conf: cfg.ConfigOpts
    clock: ck_clock.Clock
    database: facade.Database
    locks: locks.Locks
    fetcher: fetcher_base.Fetcher
    storage: storage_base.Storage
    engine: collect_and_rate.Engine
    writer: writer.Writer
    #: Executor of the thread that stores chunks one after another.
    storing: concurrent.futures.Executor
    claims: claims.Claims
    shards: ck_shards.Shards
    load_chain: LoadChain
    #: Builds the rating modules of all scopes with the current rules.
    load_chains: collections.abc.Callable[[], set_parts.Chains]
    rating_makers: collections.abc.Mapping[str, rating_base.Maker] = (
        dataclasses.field(default_factory=dict)
    )
    notifications: ck_notifications.Notifications
    heartbeat: ck_heartbeat.Silent = dataclasses.field(
        default_factory=ck_heartbeat.Silent
    )
    #: What the worker does now, for reports.
    at_work: ck_at_work.AtWork = dataclasses.field(
        default_factory=ck_at_work.AtWork
    )

    def new_pipeline(
        self,
        members: ck_members.Members,
        window: periods.Window,
        metrics: collections.abc.Sequence[ck_metrics.Metric],
        sizer: chunks.Sizer,
        *,
        look: pipeline.Look,
        pulse: collection.Pulse,
    ) -> pipeline.Pipeline:
        """Return the pipeline for a window of some scopes.

        The parameters are those of ``Pipeline``.
        """
        made = pipeline.Pipeline(
            self.engine,
            self.storing,
            sizer,
            period_seconds=self.conf.collect.period,
            members=members,
            window=window,
            look=look,
            load_chains=functools.partial(self._load_chains, members),
            metrics=metrics,
            pulse=pulse,
        )
        self.at_work.on_window(made, members.ids, window)
        return made

    def _load_chains(self, members: ck_members.Members) -> set_parts.Chains:
        """Return the rating modules with the rules of now."""
        if members.alone:
            # Reads the rules of this scope only.
            return _OneChain(self.load_chain(members.ids[0]))
        return self.load_chains()

    def close(self) -> None:
        """Release threads, locks and connections."""
        self.notifications.close()
        for maker in self.rating_makers.values():
            maker.close()
        self.engine.close()
        self.storing.shutdown()
        self.locks.stop()
        self.storage.close()
        self.database.dispose()


class Place(typing.NamedTuple):
    """The place of a worker in its processor.

    :param kind: ``rating`` or ``reprocessing``.
    :param number: of the worker among those of its kind.
    :param at_work: where the worker notes what it does.
    """

    kind: str
    number: int
    at_work: ck_at_work.AtWork


def build(
    conf: cfg.ConfigOpts, clock: ck_clock.Clock, place: Place | None = None
) -> Resources:
    """Build and connect the resources.

    :param place: of the worker; None outside of a worker process, which has
        no heartbeats and no reports.
    :raises cloudkitty.common.exceptions.InvalidConfiguration: for invalid
        options; the text names the option.
    """
    database = facade.Database(conf)
    # Bound once: the installed modules do not change while a process runs.
    rating_makers = rating_loader.bind(rating_loader.modules(conf), conf)

    def load_chain(scope_id: str | None) -> rating_loader.Chain:
        return rating_loader.load_chain(rating_makers, database, scope_id)

    owner = f"{conf.host}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
    scope_locks = locks.Locks(conf)
    storage = storage_loader.load(conf, database)
    resources = Resources(
        conf=conf,
        clock=clock,
        database=database,
        locks=scope_locks,
        fetcher=fetcher_loader.load(conf),
        engine=collect_and_rate.Engine(
            conf, collector_loader.load(conf), clock
        ),
        storage=storage,
        writer=writer.Writer(database, storage),
        storing=concurrent.futures.ThreadPoolExecutor(
            1, thread_name_prefix="store"
        ),
        claims=make_claims(conf, database, clock, owner=owner),
        shards=ck_shards.Shards(
            database, clock, owner, conf.orchestrator.lease_seconds
        ),
        load_chain=load_chain,
        load_chains=functools.partial(
            rating_loader.load_chains, rating_makers, database
        ),
        rating_makers=rating_makers,
        notifications=ck_notifications.make(conf),
        heartbeat=_make_heartbeat(conf, database, clock, owner, place),
        at_work=place.at_work if place else ck_at_work.AtWork(),
    )
    scope_locks.start()
    return resources


def _make_heartbeat(
    conf: cfg.ConfigOpts,
    database: facade.Database,
    clock: ck_clock.Clock,
    owner: str,
    place: Place | None,
) -> ck_heartbeat.Silent:
    if place is None:
        return ck_heartbeat.Silent()
    return ck_heartbeat.Heartbeat(
        database,
        clock,
        db_workers.Identity(
            name=owner,
            host=conf.host,
            kind=place.kind,
            number=place.number,
            pid=os.getpid(),
            version=version.version_string(),
        ),
        place.at_work,
    )


def make_claims(
    conf: cfg.ConfigOpts,
    database: facade.Database,
    clock: ck_clock.Clock,
    *,
    owner: str,
) -> claims.Claims:
    """Return the claims of one worker, configured by the options.

    :param owner: display name of the worker.
    """
    options = conf.orchestrator
    return claims.Claims(
        database,
        clock,
        owner=owner,
        lease_seconds=options.lease_seconds,
        period_seconds=conf.collect.period,
        retries=make_retries(conf),
        rules=functools.partial(governance.Rules.of, conf),
    )


def make_retries(conf: cfg.ConfigOpts) -> task_retries.Retries:
    """Return the delays between attempts, configured by the options."""
    options = conf.orchestrator
    return task_retries.Retries(
        most=options.reprocess_max_attempts,
        first_seconds=options.reprocess_backoff,
        longest_seconds=options.reprocess_max_backoff,
    )


def check(conf: cfg.ConfigOpts, clock: ck_clock.Clock) -> None:
    """Check that workers can start; release all resources afterwards.

    Called before any fork: workers would repeat the same error endlessly.

    :raises cloudkitty.common.exceptions.InvalidConfiguration: if they cannot
        start; the text has all causes.
    """
    refusals = startup.Refusals()
    for part in (
        _check_workers,
        check_definitions,
        fetcher_loader.load,
        check_locks,
        ck_notifications.make,
        _check_metrics,
        _check_stored,
    ):
        with refusals.gather():
            part(conf)
    refusals.check()


def check_locks(conf: cfg.ConfigOpts) -> None:
    """Check that the backend of the locks can be used.

    :raises cloudkitty.common.exceptions.InvalidConfiguration: if it cannot.
    """
    scope_locks = locks.Locks(conf)
    scope_locks.start()
    scope_locks.stop()


def _check_workers(conf: cfg.ConfigOpts) -> None:
    if not (
        conf.orchestrator.max_workers
        or conf.orchestrator.max_workers_reprocessing
    ):
        raise exceptions.InvalidConfiguration(
            "[orchestrator] max_workers and max_workers_reprocessing are "
            "both 0: there is nothing to do"
        )


def _check_metrics(conf: cfg.ConfigOpts) -> None:
    if conf.metrics.enabled and not importlib.util.find_spec(
        "prometheus_client"
    ):
        raise exceptions.InvalidConfiguration(
            "[metrics] enabled: the package prometheus-client is not installed"
        )


def check_definitions(conf: cfg.ConfigOpts) -> None:
    """Check the collector and ``metrics.yml``.

    :raises cloudkitty.common.exceptions.InvalidConfiguration: if a worker
        cannot use them.
    """
    skip.compile_skips(conf, collector_loader.load(conf).definitions)


def _check_stored(conf: cfg.ConfigOpts) -> None:
    """Check the database, the storage and the rating modules."""
    # The workers do not repeat it.
    rating_modules = rating_loader.modules(conf)
    rating_loader.warn(rating_modules)
    refusals = startup.Refusals()
    database = facade.Database(conf)
    try:
        try:
            storage = storage_loader.load(conf, database)
            with contextlib.closing(storage):
                readiness.check(conf, database, storage)
        except exceptions.CloudKittyError as error:
            refusals.add(str(error))
        with refusals.gather():
            rating_loader.check(rating_modules, conf, database)
    finally:
        database.dispose()
    refusals.check()
