# SPDX-License-Identifier: Apache-2.0
"""Runs seeds one after the other in this process."""

import collections
import dataclasses
import hashlib
import logging
import random
import time
import traceback
import types
from unittest import mock

import tenacity
import urllib3

from cloudkitty.tests.simulation import departures
from cloudkitty.tests.simulation import deployment as ck_deployment
from cloudkitty.tests.simulation import hub as ck_hub
from cloudkitty.tests.simulation import schedule
from cloudkitty.tests.simulation import situations
from cloudkitty.tests.simulation import world as ck_world


@dataclasses.dataclass
class Result:
    """What came of one seed.

    :ivar failure: the broken invariant, or an empty text.
    :ivar log: a line for each step.
    :ivar transitions: (from, to) to how often it was seen.
    :ivar faults: (place, kind) to how often it happened.
    :ivar situations: to how often it was seen.
    """

    seed: int
    failure: str = ""
    trace: str = ""
    log: list[str] = dataclasses.field(default_factory=list)
    transitions: collections.Counter = dataclasses.field(
        default_factory=collections.Counter
    )
    faults: collections.Counter = dataclasses.field(
        default_factory=collections.Counter
    )
    situations: collections.Counter = dataclasses.field(
        default_factory=collections.Counter
    )
    joined: bool = False
    seconds: float = 0.0

    @property
    def digest(self) -> str:
        """The same for the same run."""
        return hashlib.sha256("\n".join(self.log).encode()).hexdigest()


class _Unexpected(logging.Handler):
    """Records log lines of unexpected errors."""

    def __init__(self, hub: ck_hub.Hub) -> None:
        super().__init__(logging.ERROR)
        self._hub = hub
        self.found = ""

    def emit(self, record: logging.LogRecord) -> None:
        actor = self._hub.current
        # Errors of a dying process are expected.
        if record.exc_info and not (actor and actor.dying):
            self.found = self.found or "".join(
                traceback.format_exception(*record.exc_info)
            )


class Runner:
    """Runs seeds; use it as a context manager."""

    def __enter__(self) -> "Runner":
        self._deployment = ck_deployment.Deployment()
        return self

    def __exit__(self, *failure: object) -> None:
        self._deployment.close()

    def run(self, seed: int) -> Result:
        """Run one seed, the same way each time."""
        began = time.monotonic()
        result = Result(seed)
        draw = random.Random(seed)
        # Live rating shuffles, and retries pause, by the global one.
        state = random.getstate()
        random.seed(seed)
        self._deployment.reset()
        world = ck_world.World(self._deployment, draw)
        result.joined = world.joined
        try:
            self._play(world, result)
        finally:
            random.setstate(state)
            result.seconds = time.monotonic() - began
        return result

    def _play(self, world: ck_world.World, result: Result) -> None:
        unexpected = _Unexpected(world.hub)
        logger = logging.getLogger("cloudkitty.orchestrator.failures")
        logger.addHandler(unexpected)
        played = schedule.Schedule(world)
        pause = types.SimpleNamespace(
            sleep=lambda seconds: world.hub.sleep(seconds, "retry")
        )
        try:
            with (
                situations.RatedScopes(world.oracle.situations),
                departures.watched(world),
                mock.patch.object(
                    urllib3.HTTPConnectionPool,
                    "urlopen",
                    lambda *args, **options: world.send(*args, **options),
                ),
                # Made to be replaced, says its docstring.
                mock.patch.object(tenacity.nap, "time", pause),
            ):
                try:
                    played.run()
                finally:
                    played.end()
        except Exception as error:
            result.failure = f"{type(error).__name__}: {error}"
            result.trace = traceback.format_exc()
        finally:
            logger.removeHandler(unexpected)
        if unexpected.found and not result.failure:
            result.failure = unexpected.found.strip().splitlines()[-1]
            result.trace = unexpected.found
        result.log = world.log
        result.faults = world.faults.seen
        result.transitions = world.oracle.transitions
        result.situations = world.oracle.situations
