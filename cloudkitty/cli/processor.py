# SPDX-License-Identifier: Apache-2.0
"""``cloudkitty-processor``: rates new periods and executes tasks."""

import collections.abc
import sys

from oslo_config import cfg
from oslo_log import log

from cloudkitty import conf as ck_conf
from cloudkitty.common import child
from cloudkitty.orchestrator import reloading
from cloudkitty.orchestrator import service


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
    reloading.pin_definitions(conf)
    # In a child process: the parent imports nothing for it.
    if not child.succeeds(lambda: _can_work(conf)):
        return 1
    service.make_manager(conf).run()
    return 0


def _can_work(conf: cfg.ConfigOpts) -> bool:
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
        startup.refuse(service.PROGRAM, cause, conf)
        return False
    return True


def _refuse(cause: str) -> int:
    sys.stderr.write(f"{service.PROGRAM}: {cause}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
