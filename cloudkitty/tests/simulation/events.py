# SPDX-License-Identifier: Apache-2.0
"""Events of a deployment: one method for each, drawn by the schedule.

Each returns a description for the log, empty if the event was not possible.
"""

import datetime

from cloudkitty.db.tasks import states
from cloudkitty.tests.simulation import actors as ck_actors
from cloudkitty.tests.simulation import deployment
from cloudkitty.tests.simulation import governed
from cloudkitty.tests.simulation import hub as ck_hub
from cloudkitty.tests.simulation import world as ck_world

HOUR = deployment.PERIOD
#: How time passes: mostly while a process is at work,
STEPS = (0.3, 1, 3, 10, 40, 130, 400, 1500, 3600, 7200)
#: up to this; then only in small steps, so that a seed stays short.
LONGEST = 20 * HOUR
#: Points at which an actor holds no lock and no transaction.
IDLE = ("start", "wait")
_SWITCH = {True: "on", False: "off"}


class Events:
    """All that may happen beside the work.

    :param world: to whom.
    :param cast: its actors.
    """

    def __init__(self, world: ck_world.World, cast: ck_actors.Cast) -> None:
        self._world = world
        self._cast = cast
        self._draw = world.draw
        self._first = int(ck_world.FIRST.timestamp())

    def crash(self) -> str:
        """Kill a process; another starts in its place."""
        actor = self._choose(
            [actor for actor in self._cast.all if actor.at not in IDLE]
            or self._cast.all
        )
        if actor is None:
            return ""
        at = actor.at
        self._world.kill(actor)
        if actor.kind in ck_actors.WORK:
            self._cast.restart(actor)
        return f"{actor.name} crashes at {at}"

    def freeze(self) -> str:
        """Stop a process that is at work; its leases go on to expire."""
        actor = self._choose(
            [
                actor
                for actor in self._cast.processors.values()
                if not actor.frozen and actor.at not in IDLE
            ]
        )
        if actor is None:
            return ""
        actor.frozen = True
        if self._world.deployment.turnstile.writes(actor):
            # A server does not hold locks for a silent client.
            self._world.deployment.turnstile.sever()
        if self._world.joined and self._draw.random() < 0.5:
            # Locks with a lease. (A storage that is apart has no fence
            # against a writer that lost its lock: there they must last.)
            self._world.locks.expire(actor)
        return f"{actor.name} freezes at {actor.at}"

    def wake(self) -> str:
        """Let a frozen process go on."""
        actor = self._choose([a for a in self._cast.all if a.frozen])
        if actor is None:
            return ""
        actor.frozen = False
        return f"{actor.name} wakes"

    def terminate(self) -> str:
        """Ask a worker to stop; another starts in its place."""
        actor = self._choose(list(self._cast.processors.values()))
        if actor is None or actor.at == "start":
            return ""
        self._cast.ask_to_stop(actor)
        self._cast.restart(actor)
        return f"{actor.name} is to stop"

    def pass_time(self) -> str:
        """Move the clock."""
        passed = self._world.unix - self._first
        seconds = self._draw.choice(STEPS if passed < LONGEST else STEPS[:6])
        self._world.clock.advance(seconds)
        return f"{seconds} s pass"

    def post(self) -> str:
        """Let an operator post a task for rated periods."""
        last = [state.last for state in self._world.snapshot.states.values()]
        if not last:
            return ""
        hours = (max(last) - self._first) // HOUR
        begin = self._draw.randint(0, hours)
        length = self._draw.randint(0, min(11, hours - begin))
        scopes = self._draw.choice((("ALL",), self._some_scopes()))
        extra = self._draw.choice(("plain", *ck_actors.EXTRAS))
        first = self._first + begin * HOUR
        more = self._world.governance.extras(self._world.clock.now())
        operator = self._cast.post(
            scopes, first, first + length * HOUR, extra, **more
        )
        return f"{operator.name} posts {scopes} {begin}+{length} {extra}"

    def approve(self) -> str:
        """Let a second operator approve a request, or preview it first."""
        tasks = self._world.snapshot.tasks.values()
        draw = self._world.governance.draw
        waiting = sorted(
            {t.batch_id for t in tasks if t.state == "awaiting_approval"}
        )
        if not waiting:
            return ""
        batch_id = draw.choice(waiting)
        batch = [task for task in tasks if task.batch_id == batch_id]
        first = batch[0]
        for preview in governed.previews_of(tasks, batch):
            ends = {task.state for task in preview}
            if ends == {"succeeded"}:
                right = draw.random() < 0.8
                operator = self._cast.approve(
                    batch_id,
                    preview[0].batch_id,
                    right=right,
                    force=self._world.governance.forces(),
                )
                return f"{operator.name} approves task {first.id} {right}"
            if not ends & {"failed", "cancelled", "paused"}:
                return ""
        operator = self._cast.post(
            tuple(task.scope_id for task in batch),
            first.start,
            first.end,
            "preview",
            metrics=first.metrics,
            allow_empty=first.allow_empty,
        )
        return f"{operator.name} previews task {first.id}"

    def reset(self) -> str:
        """Reset a scope by some of its last periods."""
        states = self._world.snapshot.states
        if not states:
            return ""
        scope_id = self._draw.choice(sorted(states))
        last = states[scope_id].last
        hours = (last - self._first) // HOUR
        if hours < 1:
            return ""
        begin = last - self._draw.randint(0, min(5, hours - 1)) * HOUR
        operator = self._cast.reset(scope_id, begin)
        return f"{operator.name} resets {scope_id} to {begin}"

    def close(self) -> str:
        """Close some of the first periods of a scope, or open all."""
        found = self._world.snapshot.states
        if not found:
            return ""
        draw = self._world.governance.draw
        scope_id = draw.choice(sorted(found))
        if draw.random() < 0.1:
            operator = self._cast.close(scope_id, None)
            return f"{operator.name} opens {scope_id}"
        hours = (found[scope_id].last - self._first) // HOUR
        before = ck_world.FIRST + datetime.timedelta(
            seconds=draw.randint(0, hours + 1) * HOUR
        )
        operator = self._cast.close(scope_id, before)
        return f"{operator.name} closes {scope_id} before {before}"

    def switch(self) -> str:
        """Switch live rating of a scope off, or on again."""
        found = self._world.snapshot.states
        if not found:
            return ""
        scope_id = self._draw.choice(sorted(found))
        active = not found[scope_id].active
        operator = self._cast.switch(scope_id, active)
        return f"{operator.name} switches {scope_id} {_SWITCH[active]}"

    def discover(self) -> str:
        """Let the fetcher find further scopes."""
        more = self._world.list_more()
        return f"the fetcher finds {more}" if more else ""

    def change(self) -> str:
        """Let an operator change a task, whether it can be or not."""
        tasks = self._world.snapshot.tasks
        task_ids = list(tasks)
        if not task_ids:
            return ""
        failed = [t.id for t in tasks.values() if t.state == "failed"]
        if failed and self._draw.random() < 0.5:
            return self._ask(self._draw.choice(failed), states.State.SCHEDULED)
        # The newer ones more often: the old ones are over.
        task_id = self._draw.choice(task_ids[-4:])
        target = self._draw.choice(
            (
                states.State.PAUSED,
                states.State.SCHEDULED,
                states.State.SCHEDULED,
                states.State.CANCELLED,
            )
        )
        return self._ask(task_id, target)

    def _ask(self, task_id: int, target: states.State) -> str:
        force = self._world.governance.forces()
        operator = self._cast.change(task_id, target, force=force)
        return f"{operator.name} wants task {task_id} {target}"

    def reprice(self) -> str:
        """Change the price list."""
        self._world.price_version += 1
        return f"price list {self._world.price_version}"

    def meter(self) -> str:
        """Let samples come late, or change, or vanish."""
        scope_id = self._draw.choice(self._world.scope_ids)
        metric = self._draw.choice(deployment.METRICS)
        passed = int(self._world.unix - self._first) // HOUR
        start = self._first + self._draw.randint(0, passed) * HOUR
        if self._draw.random() < 0.4:
            for name in deployment.METRICS:
                self._world.samples.drop(name, scope_id, start)
            return f"samples of {scope_id} at {start} vanish"
        self._world.samples.put(metric, scope_id, start)
        return f"samples of {scope_id} {metric} at {start}"

    def _some_scopes(self) -> tuple[str, ...]:
        ids = self._world.scope_ids
        return tuple(self._draw.sample(ids, self._draw.randint(1, len(ids))))

    def _choose(self, found: list[ck_hub.Actor]) -> ck_hub.Actor | None:
        return self._draw.choice(found) if found else None
