# SPDX-License-Identifier: Apache-2.0
"""A process that does what it is told, at the instant it is told.

Started as a program it reads one JSON object a line, ``{"at": …, "call": …,
…}``, waits until the host's monotonic clock shows ``at``, calls, and writes
one JSON object with the fields of ``Outcome``.
"""

import dataclasses
import datetime
import json
import random
import subprocess
import sys
import time
import typing

import sqlalchemy as sa

from cloudkitty import conf as ck_conf
from cloudkitty.common import clock
from cloudkitty.db import facade
from cloudkitty.db.tasks import states
from cloudkitty.tasks import actions
from cloudkitty.tasks import retries as task_retries
from cloudkitty.tests import acceptance
from cloudkitty.tests import new_claims

PERIOD = 3600
START = datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)
#: Seconds from the telling to the instant, on a busy host.
NOTICE = 0.03


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What one process did.

    :param result: what came of it: ``accepted``, a task's id, a state, None,
        or an error's name.
    :param began: monotonic seconds.
    :param retried: statements that a deadlock or a lock sent back.
    """

    result: typing.Any
    began: float
    ended: float
    retried: int


class Racer:
    """Does the calls, in the process itself.

    :param url: of the database.
    :param owner: names it where it claims.
    """

    def __init__(self, url: str, owner: str) -> None:
        self._clock = clock.SystemClock()
        self._database = facade.Database(
            ck_conf.make(argv=[], default_config_files=[]), url
        )
        self._retried = 0
        sa.event.listen(self._database.engine, "handle_error", self._note)
        self._claims = new_claims.make(
            self._database,
            self._clock,
            owner,
            lease_seconds=600,
            period_seconds=PERIOD,
            retries=task_retries.Retries(),
        )

    def _note(self, context: typing.Any) -> None:
        # Overlaps and the like are no errors of the database.
        self._retried += 1

    def accept(self, scope_ids, hour, hours):
        start = START + datetime.timedelta(hours=hour)
        end = start + datetime.timedelta(hours=hours - 1)
        acceptance.accept(self._database, self._clock, scope_ids, start, end)
        return "accepted"

    def claim(self):
        task = self._claims.claim_next()
        return task and task.id

    def change(self, task_id, target):
        return actions.change_state(
            self._database,
            self._clock,
            PERIOD,
            task_id,
            states.State(target),
        ).state

    def obey(self, line: str) -> dict[str, typing.Any]:
        told = json.loads(line)
        at, call = told.pop("at"), told.pop("call")
        self._retried = 0
        time.sleep(max(0, at - time.monotonic()))
        began = time.monotonic()
        try:
            result = getattr(self, call)(**told)
        except Exception as error:
            result = type(error).__name__
        return {
            "result": result,
            "began": began,
            "ended": time.monotonic(),
            "retried": self._retried,
        }


class Racers:
    """Some such processes, as a test sees them.

    :param test: the test they end with.
    :param urls: of the database, one for each process.
    """

    def __init__(self, test, urls: list[str]) -> None:
        self._processes = []
        self._chance = random.Random(1)
        for number, url in enumerate(urls):
            process = subprocess.Popen(
                [
                    *(sys.executable, "-W", "ignore", "-m", __name__),
                    *(url, f"racer-{number}"),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                bufsize=1,
            )
            test.addCleanup(self._end, process)
            self._processes.append(process)
        for process in self._processes:
            # Connected, and all that is loaded late is loaded.
            process.stdout.readline()

    def at_once(self, calls, spread=0.0) -> list[Outcome]:
        """Let each process do one call, at one instant.

        :param spread: seconds within which that instant is.
        """
        at = time.monotonic() + NOTICE
        racing = self._processes[: len(calls)]
        for process, call in zip(racing, calls, strict=True):
            told = {**call, "at": at + self._chance.uniform(0, spread)}
            process.stdin.write(json.dumps(told) + "\n")
        return [
            Outcome(**json.loads(process.stdout.readline()))
            for process in racing
        ]

    def _end(self, process) -> None:
        process.stdin.close()
        process.stdout.close()
        process.wait(30)


def overlapping(outcomes) -> bool:
    """Tell whether all of them began before the first one was through."""
    return max(one.began for one in outcomes) < min(
        one.ended for one in outcomes
    )


def main() -> None:
    racer = Racer(*sys.argv[1:])
    with racer._database.reader() as session:
        session.connection()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(racer.obey(line)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
