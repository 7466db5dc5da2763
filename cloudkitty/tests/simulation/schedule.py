# SPDX-License-Identifier: Apache-2.0
"""One seed: trouble first, then quiet, then the reckoning."""

import collections.abc
import datetime

from cloudkitty.db.tasks import states
from cloudkitty.orchestrator.engine import due_periods
from cloudkitty.tests.simulation import actors as ck_actors
from cloudkitty.tests.simulation import deployment
from cloudkitty.tests.simulation import events as ck_events
from cloudkitty.tests.simulation import world as ck_world
from cloudkitty.tests.simulation.rules import expected
from cloudkitty.tests.simulation.rules import oracle as ck_oracle
from cloudkitty.tests.simulation.rules import snapshot
from cloudkitty.tests.simulation.rules import tasks as task_rules

#: Relative frequency of events other than a step of a process.
WEIGHTS = {
    "go_on": 1000,
    "pass_time": 60,
    "post": 14,
    "change": 14,
    "meter": 12,
    "crash": 8,
    "freeze": 6,
    "wake": 12,
    "reprice": 4,
    "terminate": 3,
    "reset": 8,
    "switch": 5,
    "discover": 3,
}
#: Seconds after the last fault within which live rating has to rate all due
#: periods: the longest back-off and a little more. It must not wait for its
#: next tick.
MAKE_UP_SECONDS = 400
#: Actions on tasks that no processor executes, once the trouble ends.
_ENDS = {
    "paused": states.State.SCHEDULED,
    "awaiting_approval": states.State.CANCELLED,
}
_ALWAYS: collections.abc.Mapping[str, datetime.datetime] = {}
#: Steps within which everything has to settle once the faults stop.
MOST_STEPS = 30_000


class Schedule:
    """Runs one world from its first step to its last.

    :param world: fresh.
    """

    def __init__(self, world: ck_world.World) -> None:
        self._world = world
        self._draw = world.draw
        self._cast = ck_actors.Cast(world)
        self._events = ck_events.Events(world, self._cast)
        self._weights = dict(WEIGHTS)
        #: When the trouble ended; None before.
        self._calm_at: datetime.datetime | None = None
        # Each seed has its own kind of trouble.
        for name in ("crash", "freeze", "change", "post"):
            self._weights[name] *= self._draw.choice((0, 1, 1, 3))
        self._weights["post"] = max(self._weights["post"], 5)
        if world.governance.on:
            self._weights["approve"] = 60
            self._weights["close"] = 30
            self._weights["post"] = max(self._weights["post"], 30)
        for _ in range(self._draw.randint(2, 4)):
            self._cast.start_processor("reprocess")
        self._cast.start_processor("live")
        if self._draw.random() < 0.3:
            self._cast.start_processor("live")
        if self._draw.random() < 0.3:
            self._cast.start_stranger()
        if self._draw.random() < 0.5:
            self._cast.start_narrow()
        for scope_id in world.every_scope:
            for metric in deployment.METRICS:
                for hour in range(30):
                    world.samples.put(
                        metric, scope_id, self._first + hour * 3600
                    )

    @property
    def _first(self) -> int:
        return int(ck_world.FIRST.timestamp())

    def run(self) -> None:
        """Run the seed.

        :raises AssertionError: for the first broken promise.
        """
        for _ in range(self._draw.choice((200, 400, 700))):
            self._step()
        self._calm()
        self._settle(self._over)
        self._sweep()

    def end(self) -> None:
        """End all actors, also after an error."""
        self._world.failure = None
        for actor in self._cast.all:
            if not actor.over:
                self._world.kill(actor)

    def _step(self) -> None:
        name = self._draw.choices(
            list(self._weights), list(self._weights.values())
        )[0]
        if name != "go_on":
            self._note(getattr(self._events, name)())
            self._check()
        elif not self._go_on():
            self._note(self._events.pass_time())

    def _go_on(self) -> bool:
        """Let one process continue; return whether one could."""
        now = self._world.clock.now()
        able = [a for a in self._cast.all if a.runnable(now)]
        if not able:
            return False
        actor = self._draw.choice(able)
        left = actor.at
        self._world.hub.run(actor)
        self._note(f"{actor.name}: {left} -> {actor.at}", plain=True)
        self._check()
        return True

    def _check(self) -> None:
        self._cast.bury()
        if self._world.failure is not None:
            raise self._world.failure

    def _note(self, text: str, plain: bool = False) -> None:
        if text:
            mark = " " if plain else "*"
            self._world.log.append(
                f"{self._world.clock.now():%d %H:%M:%S} {mark} {text}"
            )

    def _calm(self) -> None:
        """Stop all trouble."""
        self._world.faults.on = False
        self._calm_at = self._world.clock.now()
        self._cast.dismiss(self._world.strangers)
        self._world.governance.end()
        self._note("no more faults")
        for actor in self._cast.all:
            actor.frozen = False

    def _settle(self, over) -> None:
        """Go on, and let time pass, until ``over()``."""
        for _ in range(MOST_STEPS):
            if self._go_on():
                continue
            if self._end_paused() or self._switch_on():
                continue
            if not self._cast.operators and over():
                return
            self._check_made_up()
            self._sleep_until_next()
        raise ck_oracle.Violation(
            "it does not settle: "
            f"{[t for t in self._tasks() if t.state not in _TERMINAL]}"
        )

    def _check_made_up(self) -> None:
        """Check that failed and reset scopes do not wait for a tick.

        All live rating has looked at the scopes within one period before
        the trouble ended, so it knows of all that was due before that.
        """
        tick = datetime.timedelta(seconds=deployment.PERIOD)
        pause = datetime.timedelta(seconds=MAKE_UP_SECONDS)
        now = self._world.clock.now()
        if self._calm_at is None or now < self._calm_at + pause:
            return
        if not self._rated(self._calm_at - tick, self._world.listed_at):
            raise ck_oracle.Violation("live rating waits for its next tick")

    def _end_paused(self) -> bool:
        """Resume a paused task; approve or cancel one that awaits approval.

        :returns: whether an operator acts.
        """
        for task in self._tasks():
            target = _ENDS.get(task.state)
            if target is None or self._cast.operators:
                continue
            if (
                target is states.State.CANCELLED
                and self._world.governance.draw.random() < 0.9
            ):
                text = self._events.approve()
                self._note(text)
                return bool(text)
            operator = self._cast.change(task.id, target, force=True)
            self._note(f"{operator.name} makes {target} of task {task.id}")
            return True
        return False

    def _switch_on(self) -> bool:
        """Let an operator switch a scope on; return whether one was off."""
        for scope_id, state in self._world.snapshot.states.items():
            if not state.active and not self._cast.operators:
                operator = self._cast.switch(scope_id, True)
                self._note(f"{operator.name} switches {scope_id} on")
                return True
        return False

    def _sleep_until_next(self) -> None:
        wakes = [a.wake_at for a in self._cast.all if a.wake_at is not None]
        if not wakes:
            raise ck_oracle.Violation("no process can continue")
        self._world.clock.advance(
            max(0.0, min(wakes).timestamp() - self._world.unix)
        )

    def _tasks(self) -> list[snapshot.Task]:
        return list(self._world.snapshot.tasks.values())

    def _over(self) -> bool:
        """Return whether all tasks are terminal and no period is due."""
        return self._rated(self._world.clock.now()) and all(
            task.state in _TERMINAL for task in self._tasks()
        )

    def _rated(
        self,
        at: datetime.datetime,
        listed_at: collections.abc.Mapping[str, datetime.datetime] = _ALWAYS,
    ) -> bool:
        """Return whether all periods due at a time are rated.

        :param listed_at: scopes that were not listed before.
        """
        found = self._world.snapshot.states
        return all(
            scope_id in found
            and not due_periods.due_window(
                datetime.datetime.fromtimestamp(
                    found[scope_id].last + deployment.PERIOD, datetime.UTC
                ),
                at,
                deployment.PERIOD,
                self._world.conf.collect.wait_periods,
            )
            for scope_id in self._world.scope_ids
            if scope_id not in listed_at or listed_at[scope_id] < at
        )

    def _sweep(self) -> None:
        """Redo everything once, undisturbed, and compare point for point."""
        world = self._world
        before = world.snapshot
        self._check_final_read()
        # They would leave out the metrics that they do not define.
        self._cast.dismiss(world.narrow)
        world.conf.set_override("chunk_points", 10_000, group="orchestrator")
        last = min(state.last for state in before.states.values())
        # The scopes may still have closed periods.
        operator = self._cast.post(("ALL",), self._first, last, force=True)
        self._note(f"{operator.name} posts all there is")
        tasks = len(before.tasks)
        self._settle(lambda: len(self._tasks()) > tasks and self._over())
        states_then = {
            name: state._replace(last=last)
            for name, state in before.states.items()
        }
        want = expected.undisturbed(
            before.points,
            world.samples,
            states_then,
            self._first,
            deployment.METRICS,
            world.price_version,
        )
        self._check_final_read()
        got = {
            key: points
            for key, points in world.snapshot.points.items()
            if key[1] <= last
        }
        want = {key: p for key, p in want.items() if key[1] <= last}
        if got != want:
            raise ck_oracle.Violation(
                "not what an undisturbed run leaves: "
                f"{[k for k in {**got, **want} if got.get(k) != want.get(k)]}"
            )
        for task in self._tasks()[tasks:]:
            if task.state != "succeeded":
                raise ck_oracle.Violation(f"undisturbed, and yet {task}")

    def _check_final_read(self) -> None:
        """Check the points again, independently of the writer."""
        world = self._world
        if world.joined and world.snapshot.points != snapshot.read_points(
            world.deployment.reading
        ):
            raise ck_oracle.Violation("points changed without a commit")


_TERMINAL = task_rules.TERMINAL
