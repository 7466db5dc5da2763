# SPDX-License-Identifier: Apache-2.0
"""This project, driven from outside.

It is done with a job in a fraction of a second, so its log says when the job
began and ended. A reprocess meets a processor that has been idle for a while:
it is stopped (SIGSTOP) while the task is posted, so that the POST costs
nothing of what is measured.
"""

import dataclasses
import json
import pathlib
import shutil
import signal
import sqlite3
import time
import typing

from benchmarks import deployments
from benchmarks import log_times
from benchmarks import processes
from benchmarks import sampling
from benchmarks import settings as ck_settings
from benchmarks import world as ck_world

_POLL = 0.02
#: Seconds for any job, and for a start.
_PATIENCE = 3600
_START = 60
#: A processor that used no time for so long is idle.
_QUIET = 0.05

#: Seconds from one look of a worker for tasks to the next,
_INTERVAL = 1
#: and those that pass without any work before a reprocess.
IDLE = _INTERVAL

_SETTINGS = f"""\
reprocess_poll_interval = {_INTERVAL}
[storage]
version = 2
backend = sqlalchemy
"""


class Ours(deployments.Deployment):
    """This project with its own storage, in MariaDB or in an SQLite file."""

    more_configuration = _SETTINGS

    def __init__(
        self, world: ck_world.World, venv: pathlib.Path, database: str
    ) -> None:
        self.sqlite = database == "sqlite"
        super().__init__(world, f"ours-{database}", venv)
        self.file = self.folder / "cloudkitty.sqlite"
        self.paste = (
            pathlib.Path(__file__).parent.parent
            / "etc"
            / "cloudkitty"
            / "api_paste.ini"
        ).read_text()

    @property
    def database_url(self) -> str:
        if self.sqlite:
            return f"sqlite:///{self.file}"
        return super().database_url

    def empty(self) -> None:
        if not self.sqlite:
            super().empty()
            return
        for file in self.folder.glob(f"{self.file.name}*"):
            file.unlink()
        shutil.rmtree(self.folder / "locks", ignore_errors=True)

    def query(self, statement: str) -> list[tuple[typing.Any, ...]]:
        if not self.sqlite:
            return super().query(statement)
        connection = sqlite3.connect(self.file, timeout=60)
        try:
            with connection:
                return connection.execute(statement).fetchall()
        finally:
            connection.close()

    def set_up(self) -> None:
        self.declare(self.shape.begin - ck_settings.PERIOD)

    def declare(self, last_processed_at: typing.Any) -> None:
        """Declare the scopes as rated up to a period, and set the prices."""
        program = pathlib.Path(__file__).parent / "ours_setup.py"
        self.script(
            "python",
            str(program),
            "--config-file",
            str(self.configuration),
            given=json.dumps(
                {
                    "scope_ids": self.shape.scope_ids,
                    "last_processed_at": last_processed_at.isoformat(),
                    "priced_from": deployments.PRICED_FROM.isoformat(),
                    "flavor_prices": deployments.FLAVOR_PRICES,
                    "volume_price": deployments.VOLUME_PRICE,
                }
            ),
        )

    def rate(self, workers: int) -> deployments.Work:
        before = self.world.counters()
        running = self.start_processor(workers=workers)
        tail = log_times.Tail(running[0].log)
        total = self.shape.scopes * self.shape.periods

        def done() -> bool:
            rated = tail.named("periods rated")
            return sum(event.fields["periods"] for event in rated) >= total

        self._until(done, tail, running[0], _PATIENCE)
        begin = tail.named("worker started")[0].at
        return self._finish(running, tail, "periods rated", begin, before)

    def reprocess(
        self,
        scope_ids: list[str],
        window: deployments.Window,
        workers: int,
    ) -> deployments.Work:
        running = self.start_processor(reprocessing=workers)
        tail = log_times.Tail(running[0].log)
        self._until(
            lambda: len(tail.named("worker started")) >= workers,
            tail,
            running[0],
            _START,
        )
        self._warm_up(scope_ids, window, tail, running[0])
        self._pause(running[0])
        self.post_reprocess(scope_ids, window)
        # Until all workers are to look: to wait for it is no work.
        time.sleep(IDLE)
        before = self.world.counters()
        woken_at = time.time()
        running[0].send(signal.SIGCONT)
        self._until(
            lambda: _succeeded(tail) >= len(scope_ids),
            tail,
            running[0],
            _PATIENCE,
        )
        begin = min(
            event.at
            for event in tail.named("task claimed")
            if event.at >= woken_at - 0.001
        )
        return self._finish(
            running, tail, "periods redone", begin, before, woken_at
        )

    def _warm_up(
        self,
        scope_ids: list[str],
        window: deployments.Window,
        tail: log_times.Tail,
        processor: processes.Process,
    ) -> None:
        """Let every worker do what it does for the first time.

        Upstream's first period is not in its figures either.
        """
        self.post_reprocess(scope_ids, dataclasses.replace(window, periods=1))
        self._until(
            lambda: _succeeded(tail) >= len(scope_ids),
            tail,
            processor,
            _PATIENCE,
        )
        tail.events.clear()

    def _finish(
        self,
        running: tuple[processes.Process, sampling.Sampler],
        tail: log_times.Tail,
        chunk: str,
        begin: float,
        before: ck_world.Counters,
        cpu_from: float | None = None,
    ) -> deployments.Work:
        """Return what the job took that has just ended.

        :param chunk: the event of a transaction with points.
        :param cpu_from: since when its processor time counts, the search
            for the task included; None for ``begin``.
        """
        processor, sampler = running
        servers = self.world.counters().since(before)
        # What follows the last line of the log belongs to the job.
        time.sleep(_QUIET)
        memory = sampler.look_at_memory()
        sampler.stop()
        self.stop_processor()
        chunks = tail.named(chunk)
        last = tail.named("task succeeded") or chunks
        end = max(event.at for event in last)
        cpu = sampler.cpu_between(cpu_from or begin, end + _QUIET)
        return deployments.Work(
            points=sum(event.fields["points"] for event in chunks),
            share=1.0,
            begin=begin,
            end=end,
            cpu=cpu,
            servers=servers,
            memory=memory,
            chunks=len(chunks),
        )

    def _pause(self, processor: processes.Process) -> None:
        """Stop an idle processor between two looks for work.

        Not while it looks: it may hold a row that the POST wants.
        """
        while True:
            if self._idle_for(processor, _QUIET):
                processor.send(signal.SIGSTOP)
                if self._idle_for(processor, _QUIET):
                    return
                processor.send(signal.SIGCONT)

    @staticmethod
    def _idle_for(processor: processes.Process, seconds: float) -> bool:
        pids = processes.members(processor.pid)
        used = processes.cpu_seconds(pids)
        time.sleep(seconds)
        # The master looks after its children now and then.
        return processes.cpu_seconds(pids) - used < 0.001

    @staticmethod
    def _until(
        done: typing.Callable[[], bool],
        tail: log_times.Tail,
        processor: processes.Process,
        seconds: float,
    ) -> None:
        """Read the log until it says that the job is done.

        :raises processes.Failed: if it says that something went wrong.
        """
        give_up_at = time.monotonic() + seconds
        while True:
            tail.read()
            trouble = [event.name for event in tail.events if event.trouble]
            if tail.errors or trouble:
                raise processes.Failed(f"{trouble} {tail.errors[:3]}")
            if done():
                return
            processor.check()
            if time.monotonic() > give_up_at:
                raise processes.Failed(
                    f"not done after {seconds} s, see {processor.log}"
                )
            time.sleep(_POLL)


def _succeeded(tail: log_times.Tail) -> int:
    """Return the number of tasks that have succeeded."""
    return sum(event.tasks for event in tail.named("task succeeded"))
