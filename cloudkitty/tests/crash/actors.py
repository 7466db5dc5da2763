# SPDX-License-Identifier: Apache-2.0
"""Main functions of the child processes, by role."""

import datetime
import itertools
import pathlib
import threading
import time

from oslo_log import log

from cloudkitty import conf as ck_conf
from cloudkitty.api import app
from cloudkitty.cli import api
from cloudkitty.common import clock as ck_clock
from cloudkitty.db import facade
from cloudkitty.db.tasks import queries as task_queries
from cloudkitty.db.tasks import states
from cloudkitty.orchestrator import live
from cloudkitty.orchestrator import resources as ck_resources
from cloudkitty.orchestrator.reprocess import worker as reprocess_worker
from cloudkitty.tasks import actions

#: What each look at the clock takes, as the child sees it: claims of one
#: second have to be renewed once or twice in every chunk then.
STEP_SECONDS = 0.1
#: Seconds for all tasks, on a busy host.
PATIENCE = 60


class Clock(ck_clock.SystemClock):
    """A clock with durations that do not depend on the machine.

    :param ahead: seconds that it is ahead. A survivor's is, by more than
        the lease: it need not wait for that of the dead to expire.
    """

    def __init__(self, ahead: float = 0) -> None:
        self._ahead = datetime.timedelta(seconds=ahead)
        self._looks = itertools.count()

    def now(self) -> datetime.datetime:
        return super().now() + self._ahead

    def monotonic(self) -> float:
        return next(self._looks) * STEP_SECONDS


def work(conf):
    """Execute tasks until none can continue by itself."""
    resources = ck_resources.build(conf, Clock())
    work_off(resources)
    resources.close()


def work_off(resources, seconds=PATIENCE):
    """Do that with the resources of a processor.

    :raises TimeoutError: if it takes too long.
    """
    reprocessing = reprocess_worker.Reprocessing(resources, threading.Event())
    give_up_at = time.monotonic() + seconds
    while _waiting(resources.database):
        reprocessing.work()
        if time.monotonic() > give_up_at:
            raise TimeoutError("there are tasks left")
        # The server may not have noticed yet that a holder of locks died.
        time.sleep(0.01)


def rate(conf):
    """Rate all due periods once."""
    resources = ck_resources.build(conf, Clock())
    rate_due(resources)
    resources.close()


def rate_due(resources):
    """Do that with the resources of a processor."""
    live.LiveRating(resources, threading.Event()).work()


def change(conf, task_id, target):
    """Be an operator who changes a task."""
    database = facade.Database(conf)
    actions.change_state(
        database,
        ck_clock.SystemClock(),
        conf.collect.period,
        task_id,
        states.State(target),
    )
    database.dispose()


def serve(conf, address):
    """Be the API, for ever.

    :param address: file that gets the URL once it listens.
    """
    server = api.make_server(app.load(conf), 0)
    ready = pathlib.Path(address)
    draft = ready.with_suffix(".draft")
    draft.write_text(f"http://{api.HOST}:{server.server_port}")
    draft.rename(ready)
    server.serve_forever(poll_interval=0.1)


ACTORS = {actor.__name__: actor for actor in (work, rate, change, serve)}


def play(actor: str, config: str, arguments: dict) -> None:
    """Do one actor's part with options of its own."""
    conf = ck_conf.make(["--config-file", config])
    # Unbuffered: a killed process flushes nothing.
    conf.set_default("use_stderr", True)
    log.setup(conf, "cloudkitty")
    ACTORS[actor](conf, **arguments)


def _waiting(database: facade.Database) -> bool:
    with database.reader() as session:
        return bool(
            task_queries.count(
                session, states=[states.State.SCHEDULED, states.State.RUNNING]
            )
        )
