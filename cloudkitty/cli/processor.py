# SPDX-License-Identifier: Apache-2.0
"""``cloudkitty-processor``: rates new periods and executes tasks."""

import collections.abc
import os
import sys
import traceback

from oslo_config import cfg
from oslo_log import log

from cloudkitty import conf as ck_conf
from cloudkitty.orchestrator import service

PROGRAM = "cloudkitty-processor"


def main(argv: collections.abc.Sequence[str] | None = None) -> int:
    """Run until SIGTERM.

    :param argv: command line without the program's name.
    :returns: 1 if the configuration is invalid. It is checked before any
        worker starts, so that no worker is restarted repeatedly.
    """
    try:
        conf = ck_conf.make(argv)
        log.setup(conf, "cloudkitty")
    except (cfg.Error, log.LogConfigError, OSError) as error:
        return _refuse(str(error))
    if not _can_work(conf):
        return 1
    service.make_manager(conf).run()
    return 0


def _can_work(conf: cfg.ConfigOpts) -> bool:
    """Check in a child process, so that the parent imports nothing for it."""
    pid = os.fork()
    if not pid:
        code = 1
        try:
            code = _check(conf)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            # Skip the exit handlers, which belong to the parent.
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def _check(conf: cfg.ConfigOpts) -> int:
    service.keep_eventlet_out()
    from cloudkitty.common import clock
    from cloudkitty.db import startup
    from cloudkitty.orchestrator import resources

    try:
        resources.check(conf, clock.SystemClock())
    except Exception as error:
        cause = startup.explain(error)
        if cause is None:
            raise
        return startup.refuse(PROGRAM, cause, conf)
    return 0


def _refuse(cause: str) -> int:
    sys.stderr.write(f"{PROGRAM}: {cause}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
