# SPDX-License-Identifier: Apache-2.0
"""Who acts: processors, and operators with one wish each."""

import collections.abc
import datetime
import typing

from oslo_db import exception as db_exception
from sqlalchemy import exc
from tooz import coordination

from cloudkitty.db.scopes import records as scope_records
from cloudkitty.db.tasks import modes as task_modes
from cloudkitty.db.tasks import states
from cloudkitty.orchestrator import live
from cloudkitty.orchestrator import loop
from cloudkitty.orchestrator.reprocess import worker as reprocess_worker
from cloudkitty.orchestrator.rpc import reset_queue as ck_resets
from cloudkitty.scopes import changes as scope_changes
from cloudkitty.scopes import reset as scope_reset
from cloudkitty.storage import base as storage_base
from cloudkitty.tasks import accept
from cloudkitty.tasks import actions
from cloudkitty.tasks import approvals
from cloudkitty.tasks import errors
from cloudkitty.tasks import previews
from cloudkitty.tasks import request
from cloudkitty.tests.simulation import deployment
from cloudkitty.tests.simulation import governed
from cloudkitty.tests.simulation import hub as ck_hub
from cloudkitty.tests.simulation import situations
from cloudkitty.tests.simulation import world as ck_world

WORK = {"live": live.LiveRating, "reprocess": reprocess_worker.Reprocessing}
#: What an operator may add to a request, by a word for the log.
EXTRAS: dict[str, dict[str, typing.Any]] = {
    "plain": {},
    "allow empty": {"allow_empty": True},
    "one metric": {"metrics": ("disk",)},
    "one metric, allow empty": {"metrics": ("disk",), "allow_empty": True},
    "preview": {"mode": task_modes.PREVIEW},
}
#: How often a reset asks for the scope's lock, once a second.
_MOST_LOOKS = 20


class Ticks:
    """The work of a processor; says when it looks for some.

    :param work: the real work.
    :param begin: called before each look.
    """

    def __init__(
        self, work: loop.Work, begin: collections.abc.Callable[[], None]
    ) -> None:
        self._work = work
        self._begin = begin

    @property
    def interval_seconds(self) -> float:
        return self._work.interval_seconds

    def work(self) -> None:
        self._begin()
        self._work.work()

    def pending_at(self) -> datetime.datetime | None:
        return self._work.pending_at()

    def work_pending(self) -> None:
        self._begin()
        self._work.work_pending()


class Cast:
    """All actors of one world.

    :ivar processors: those that are alive, by name.
    :ivar operators: those that have not been answered.
    """

    def __init__(self, world: ck_world.World) -> None:
        self._world = world
        self._born = 0
        self.processors: dict[str, ck_hub.Actor] = {}
        self.operators: dict[str, ck_hub.Actor] = {}
        self._flags: dict[str, ck_hub.StopFlag] = {}

    @property
    def all(self) -> list[ck_hub.Actor]:
        return [*self.processors.values(), *self.operators.values()]

    def start_processor(self, kind: str) -> ck_hub.Actor:
        """Start a worker: the real loop over the real work."""
        name = self._name(kind)
        stop: typing.Any = ck_hub.StopFlag(self._world.hub)

        def run() -> None:
            # A worker builds its own resources after the fork.
            work = Ticks(
                WORK[kind](self._world.make_resources(name), stop),
                lambda: self._world.oracle.begin_tick(name),
            )
            loop.Loop(work, self._world.clock, stop, name).run()

        actor = ck_hub.Actor(name, kind, run)
        self.processors[name] = actor
        self._flags[name] = stop
        return actor

    def start_stranger(self) -> ck_hub.Actor:
        """Start a reprocessor that has another period than all others."""
        self._world.strangers.add(f"reprocess-{self._born + 1}")
        return self.start_processor("reprocess")

    def start_narrow(self) -> ck_hub.Actor:
        """Start a reprocessor that does not define all metrics."""
        self._world.narrow.add(f"reprocess-{self._born + 1}")
        return self.start_processor("reprocess")

    def restart(self, actor: ck_hub.Actor) -> ck_hub.Actor:
        """Start a worker as the one that is over, with the same options."""
        if actor.name in self._world.strangers:
            return self.start_stranger()
        if actor.name in self._world.narrow:
            return self.start_narrow()
        return self.start_processor(actor.kind)

    def dismiss(self, names: collections.abc.Container[str]) -> None:
        """End processors that have other options than most."""
        for name, actor in self.processors.items():
            if name in names and not actor.over:
                self._world.kill(actor)

    def ask_to_stop(self, actor: ck_hub.Actor) -> None:
        """Send the worker SIGTERM."""
        self._world.stopping.add(actor.name)
        self._flags[actor.name].set()

    def post(
        self,
        scope_ids: tuple[str, ...],
        first: int,
        last: int,
        extra: str = "plain",
        **more: typing.Any,
    ) -> ck_hub.Actor:
        """Let an operator ask for a task.

        :param first: beginning of the first period, Unix time.
        :param last: beginning of the last one.
        :param extra: a key of ``EXTRAS``.
        :param more: other fields of the request.
        """
        asked = request.Request(
            scope_ids=scope_ids,
            start_at=_at(first),
            end_at=_at(last),
            reason=extra,
            **{**EXTRAS[extra], **more},
        )
        return self._operator(
            lambda: accept.accept(
                self._world.deployment.database,
                self._world.clock,
                deployment.PERIOD,
                asked,
                rules=self._world.governance.rules,
            ),
            force=asked.force,
        )

    def approve(
        self, batch_id: str, preview_id: str, *, right: bool, force: bool
    ) -> ck_hub.Actor:
        """Let a second operator approve a request.

        :param preview_id: batch of its preview.
        :param right: whether the digest is that of the preview.
        :param force: whether closed periods may be rated again.
        """
        database = self._world.deployment.database

        def work() -> None:
            with database.reader() as session:
                digest = previews.digest(
                    session, previews.find(session, preview_id)
                )
            approvals.approve(
                database,
                self._world.clock,
                deployment.PERIOD,
                batch_id,
                approvals.Request(
                    by=governed.APPROVER,
                    preview_id=preview_id,
                    digest=str(digest) if right else "another",
                    force=force,
                ),
                rules=self._world.governance.rules,
            )

        return self._operator(work, force=force)

    def change(
        self, task_id: int, target: states.State, *, force: bool
    ) -> ck_hub.Actor:
        """Let an operator ask for another state.

        :param force: whether closed periods may be rated again.
        """
        return self._operator(
            lambda: actions.change_state(
                self._world.deployment.database,
                self._world.clock,
                deployment.PERIOD,
                task_id,
                target,
                force=force,
                rules=self._world.governance.rules,
            ),
            force=force,
        )

    def close(
        self, scope_id: str, before: datetime.datetime | None
    ) -> ck_hub.Actor:
        """Let an operator close the periods of a scope, or open them again.

        :param before: end of the closed periods; None opens all.
        """
        return self._operator(
            lambda: scope_changes.change(
                self._world.deployment.database,
                self._world.clock,
                scope_id,
                closing=scope_records.Closing(before),
            )
        )

    def switch(self, scope_id: str, active: bool) -> ck_hub.Actor:
        """Let an operator switch live rating of a scope on or off."""
        return self._operator(
            lambda: scope_changes.change(
                self._world.deployment.database,
                self._world.clock,
                scope_id,
                active=active,
            )
        )

    def reset(self, scope_id: str, begin: int) -> ck_hub.Actor:
        """Let a scope be reset, as a processor does it.

        :param begin: of the first period to rate again, Unix time.
        """
        world = self._world
        name = f"operator-{self._born + 1}"
        parts = world.make_resources(name)
        world.oracle.expect_reset(name, scope_id, begin)
        lock = parts.locks.names.of_scope(scope_id)

        def work() -> None:
            for _ in range(_MOST_LOOKS):
                with parts.locks.try_hold(lock) as held:
                    if held:
                        ck_resets.reset(
                            parts.database,
                            parts.storage,
                            world.scope(scope_id),
                            _at(begin),
                            deployment.PERIOD,
                            world.governance.rules,
                        )
                        return
                world.hub.sleep(1, "wait for a lock")

        return self._operator(work)

    def bury(self) -> None:
        """Forget who is over."""
        for cast in (self.processors, self.operators):
            for name in [n for n, actor in cast.items() if actor.over]:
                failure = cast.pop(name).failure
                if failure is not None:
                    raise failure

    def _operator(
        self, work: typing.Callable[[], object], *, force: bool = False
    ) -> ck_hub.Actor:
        name = self._name("operator")
        oracle = self._world.oracle
        if force:
            oracle.closings.force(name)

        def run() -> None:
            try:
                work()
            except errors.WindowClosed:
                # No operator asks again in the same way.
                if force:
                    raise
                oracle.situations[situations.CLOSED_REFUSED] += 1
            except (
                errors.TaskError,
                scope_reset.ResetError,
                storage_base.StorageError,
                coordination.ToozConnectionError,
                db_exception.DBError,
                exc.SQLAlchemyError,
            ):
                # The answer is 4xx or 5xx; the operator may ask again.
                return

        actor = ck_hub.Actor(name, "operator", run)
        self.operators[actor.name] = actor
        return actor

    def _name(self, kind: str) -> str:
        self._born += 1
        return f"{kind}-{self._born}"


def _at(unix: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(unix, datetime.UTC)
