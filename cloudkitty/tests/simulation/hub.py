# SPDX-License-Identifier: Apache-2.0
"""Actors that take turns in one thread: exactly one runs at a time.

An actor is a greenlet. It hands over at named points, which the fakes and
wrappers around it call; who goes on next is the schedule's choice.
"""

import collections.abc
import datetime
import typing

import greenlet

from cloudkitty.tests.fakes import clock as fake_clock

T = typing.TypeVar("T")


class Crash(BaseException):
    """The process is gone.

    It is raised at the point where the actor stands, and again at each
    point to which it comes while it unwinds: a dead actor has no effect.
    """


class Undead(AssertionError):
    """A crashed actor is still there."""


class Actor:
    """One process of the simulated deployment.

    :param name: unique name for the log.
    :param kind: ``reprocess``, ``live`` or ``operator``.
    :param work: main function; returns when the process ends.
    """

    def __init__(
        self,
        name: str,
        kind: str,
        work: collections.abc.Callable[[], None],
    ) -> None:
        self.name = name
        self.kind = kind
        self.at = "start"
        self.frozen = False
        self.dying = False
        #: Its connection, if the database has ended the transaction on it.
        self.severed: object | None = None
        self.wake_at: datetime.datetime | None = None
        #: Condition that it waits for, in addition to the time.
        self.ready: collections.abc.Callable[[], bool] | None = None
        self.failure: BaseException | None = None
        self._greenlet = greenlet.greenlet(self._run)
        self._work = work

    @property
    def over(self) -> bool:
        return self._greenlet.dead

    def runnable(self, now: datetime.datetime) -> bool:
        """Return whether it would make progress if it were scheduled."""
        if self.over or self.frozen:
            return False
        if self.ready is not None and self.ready():
            return True
        if self.wake_at is not None:
            return self.wake_at <= now
        return self.ready is None

    def switch(self) -> None:
        self._greenlet.switch()

    def crash(self) -> None:
        """End it where it stands."""
        self.dying = True
        self.frozen = False
        if self.at == "start":
            # It has no frame that could be unwound.
            self._work = _nothing
        self._greenlet.switch()

    def _run(self) -> None:
        try:
            self._work()
        except Crash:
            pass
        except BaseException as failure:
            self.failure = failure


class Hub:
    """Schedules the actors.

    :param clock: the one clock of the deployment.
    """

    def __init__(self, clock: fake_clock.FakeClock) -> None:
        self.clock = clock
        self.current: Actor | None = None
        self._home = greenlet.getcurrent()

    def run(self, actor: Actor) -> None:
        """Let ``actor`` go on to its next point."""
        self.current = actor
        try:
            actor.switch()
        finally:
            self.current = None

    def kill(self, actor: Actor) -> None:
        """Let ``actor`` die at the point where it is."""
        self.current = actor
        try:
            actor.crash()
        finally:
            self.current = None
        if not actor.over:
            raise Undead(f"{actor.name} survived at {actor.at}")

    def point(self, name: str) -> None:
        """Hand over; return when it is this actor's turn again.

        Outside of any actor (while the world is built) it returns at once.
        """
        actor = self.current
        if actor is None:
            return
        if actor.dying:
            # A library turned the crash into another error on the way.
            raise Crash
        actor.at = name
        self._home.switch()
        if actor.dying:
            raise Crash

    def sleep(self, seconds: float, name: str = "sleep") -> None:
        """Hand over until the clock has moved on."""
        self.wait(None, seconds, name)

    def wait(
        self,
        ready: collections.abc.Callable[[], bool] | None,
        seconds: float | None,
        name: str,
    ) -> None:
        """Hand over until ``ready()`` holds or the time is over.

        :param seconds: None to wait for ``ready`` alone.
        """
        actor = self.current
        if actor is None:
            raise RuntimeError(f"no actor is running: {name}")
        actor.ready = ready
        if seconds is not None:
            actor.wake_at = self.clock.now() + datetime.timedelta(
                seconds=seconds
            )
        try:
            self.point(name)
        finally:
            actor.ready = actor.wake_at = None


class StopFlag:
    """A ``threading.Event`` whose waits take the simulation's time."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._set = False

    def is_set(self) -> bool:
        return self._set

    def set(self) -> None:
        self._set = True

    def wait(self, timeout: float | None = None) -> bool:
        self._hub.wait(self.is_set, timeout, "wait")
        return self._set


def _nothing() -> None:
    """Main function of a process that died before it began."""
