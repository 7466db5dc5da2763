# SPDX-License-Identifier: Apache-2.0
"""``cloudkitty-processor``: rates new periods and works tasks off."""

import collections.abc
import sys

from oslo_config import cfg
from oslo_log import log

from cloudkitty import conf as ck_conf
from cloudkitty.common import clock as ck_clock
from cloudkitty.common import exceptions
from cloudkitty.orchestrator import resources
from cloudkitty.orchestrator import service


def main(argv: collections.abc.Sequence[str] | None = None) -> int:
    """Run until SIGTERM.

    :param argv: command line without the program's name.
    :returns: 1 if the configuration cannot work; found before any worker
        is started, so that none is started again and again in vain.
    """
    try:
        conf = ck_conf.make(argv)
        log.setup(conf, "cloudkitty")
        resources.check(conf, ck_clock.SystemClock())
    except (exceptions.InvalidConfiguration, cfg.Error) as error:
        sys.stderr.write(f"cloudkitty-processor: {error}\n")
        return 1
    service.make_manager(conf).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
