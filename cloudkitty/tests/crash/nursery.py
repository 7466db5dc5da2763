# SPDX-License-Identifier: Apache-2.0
"""A process with all modules imported and no open connections.

Each child is forked from it, so that none pays for the imports again:
``python -m cloudkitty.tests.crash.nursery`` reads one order a line (JSON) and
answers each with one line.
"""

import contextlib
import gc
import importlib
import json
import os
import pathlib
import random
import select
import signal
import sys
import traceback

from cloudkitty.rating import loader as rating_loader
from cloudkitty.tests.crash import actors
from cloudkitty.tests.crash import traps

#: Modules that the options would load only in the child.
WARM = (
    "psycopg2",
    "pymysql",
    "tooz.drivers.file",
    "sqlalchemy.dialects.mysql.pymysql",
    "sqlalchemy.dialects.postgresql.psycopg2",
    "cloudkitty.collector.openmetrics.collector",
    "cloudkitty.fetcher.source",
    "cloudkitty.rating.hashmap",
    "cloudkitty.storage.v2.sqlalchemy",
)
#: Exit code of a child whose part raised something.
RAISED = 70


def main() -> None:
    """Serve orders until the input ends; no child outlives that."""
    for name in WARM:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    # Each process reads the entry points once.
    rating_loader.modules()
    # These objects live until exit: no collection has to visit them.
    gc.freeze()
    children: dict[int, int] = {}
    for line in sys.stdin:
        order = json.loads(line)
        if order["do"] == "fork":
            pid = _fork(order)
            children[pid] = os.pidfd_open(pid)
            answer = pid
        else:
            pid = order["pid"]
            answer = _wait(pid, children.pop(pid), order["seconds"])
        sys.stdout.write(f"{json.dumps(answer)}\n")
        sys.stdout.flush()
    for pid, handle in children.items():
        _wait(pid, handle, 0)


def _fork(order: dict) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = RAISED
    try:
        _leave_home(order["log"])
        _play(order)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _leave_home(log: str) -> None:
    """Let go of the lines that orders and answers come by."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(output, 1)
    os.dup2(output, 2)
    random.seed()


def _play(order: dict) -> None:
    mark = pathlib.Path(order["mark"])
    counter = traps.Counter()
    if order["point"]:
        traps.Trap(order["point"], order["hit"], mark).set()
    else:
        counter.set()
    actors.play(order["actor"], order["config"], order["arguments"])
    counter.save(mark)


def _wait(pid: int, handle: int, seconds: float) -> int | None:
    """Return the child's exit status; None if it had to be ended."""
    with os.fdopen(handle):
        ended, _, _ = select.select([handle], [], [], seconds)
        if not ended:
            os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status) if ended else None


if __name__ == "__main__":
    main()
