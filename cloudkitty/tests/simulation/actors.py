# SPDX-License-Identifier: Apache-2.0
"""Who acts: processors, and operators with one wish each."""

import datetime
import typing

from oslo_db import exception as db_exception
from sqlalchemy import exc

from cloudkitty.orchestrator import live
from cloudkitty.orchestrator import loop
from cloudkitty.orchestrator import reprocess
from cloudkitty.tasks import accept
from cloudkitty.tasks import actions
from cloudkitty.tasks import errors
from cloudkitty.tasks import request
from cloudkitty.tasks import states
from cloudkitty.tests.simulation import deployment
from cloudkitty.tests.simulation import hub as ck_hub
from cloudkitty.tests.simulation import world as ck_world

_WORK = {"live": live.LiveRating, "reprocess": reprocess.Reprocessing}
#: What an operator may add to a request, by a word for the log.
EXTRAS: dict[str, dict[str, typing.Any]] = {
    "plain": {},
    "allow empty": {"allow_empty": True},
    "one metric": {"metrics": ("disk",)},
    "preview": {"mode": request.PREVIEW},
}


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
            # What a worker makes for itself after the fork.
            work = _WORK[kind](self._world.make_resources(name), stop)
            loop.Loop(work, self._world.clock, stop, name).run()

        actor = ck_hub.Actor(name, kind, run)
        self.processors[name] = actor
        self._flags[name] = stop
        return actor

    def start_stranger(self) -> ck_hub.Actor:
        """Start a reprocessor that has another period than all others."""
        self._world.strangers.add(f"reprocess-{self._born + 1}")
        return self.start_processor("reprocess")

    def restart(self, actor: ck_hub.Actor) -> ck_hub.Actor:
        """Start a worker as the one that is over, with the same options."""
        if actor.name in self._world.strangers:
            return self.start_stranger()
        return self.start_processor(actor.kind)

    def dismiss_strangers(self) -> None:
        """End those that have another period."""
        for name, actor in self.processors.items():
            if name in self._world.strangers and not actor.over:
                self._world.kill(actor)

    def ask_to_stop(self, actor: ck_hub.Actor) -> None:
        """Send the worker SIGTERM."""
        self._flags[actor.name].set()

    def post(
        self,
        scope_ids: tuple[str, ...],
        first: int,
        last: int,
        extra: str = "plain",
    ) -> ck_hub.Actor:
        """Let an operator ask for a task.

        :param first: beginning of the first period, Unix time.
        :param last: beginning of the last one.
        :param extra: a key of ``EXTRAS``.
        """
        asked = request.Request(
            scope_ids=scope_ids,
            start_at=_at(first),
            end_at=_at(last),
            reason=extra,
            **EXTRAS[extra],
        )
        return self._operator(
            lambda: accept.accept(
                self._world.deployment.database,
                self._world.clock,
                deployment.PERIOD,
                asked,
            )
        )

    def change(self, task_id: int, target: states.State) -> ck_hub.Actor:
        """Let an operator ask for another state."""
        return self._operator(
            lambda: actions.change_state(
                self._world.deployment.database,
                self._world.clock,
                deployment.PERIOD,
                task_id,
                target,
            )
        )

    def bury(self) -> None:
        """Forget who is over."""
        for cast in (self.processors, self.operators):
            for name in [n for n, actor in cast.items() if actor.over]:
                failure = cast.pop(name).failure
                if failure is not None:
                    raise failure

    def _operator(self, work: typing.Callable[[], object]) -> ck_hub.Actor:
        def run() -> None:
            try:
                work()
            except (
                errors.TaskError,
                db_exception.DBError,
                exc.SQLAlchemyError,
            ):
                # The answer is 4xx or 5xx; the operator may ask again.
                return

        actor = ck_hub.Actor(self._name("operator"), "operator", run)
        self.operators[actor.name] = actor
        return actor

    def _name(self, kind: str) -> str:
        self._born += 1
        return f"{kind}-{self._born}"


def _at(unix: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(unix, datetime.UTC)
