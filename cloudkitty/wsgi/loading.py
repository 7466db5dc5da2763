# SPDX-License-Identifier: Apache-2.0
"""Load the API for a WSGI server: see ``cloudkitty.wsgi.api``."""

import os
import sys
import typing

from oslo_config import cfg
from oslo_log import log

from cloudkitty import conf as ck_conf
from cloudkitty.api import app
from cloudkitty.common import reports
from cloudkitty.db import startup
from cloudkitty.orchestrator.rpc import embedded

#: gunicorn stops if a worker exits with this status. After any other status
#: it starts another worker, without a limit.
_BOOT_ERROR = 3


def load() -> typing.Any:
    """Return the application, or exit with one line on standard error."""
    files = os.environ.get("OS_CLOUDKITTY_CONFIG_FILES", "")
    conf = None
    try:
        # The command line belongs to the WSGI server.
        conf = ck_conf.make(
            argv=[],
            default_config_files=[name for name in files.split(";") if name]
            or None,
        )
        log.setup(conf, "cloudkitty")
        _watch(conf)
        return app.load(conf, rpc=embedded.make_client(conf))
    except Exception as error:
        cause = startup.explain(error)
        if cause is None:
            raise
        startup.refuse("cloudkitty-api", cause, conf)
        sys.exit(_BOOT_ERROR)


def _watch(conf: cfg.ConfigOpts) -> None:
    """Write reports when ``[oslo_reports] file_event_handler`` is touched.

    The signals belong to the WSGI server.
    """
    if reports.watch(conf, "cloudkitty-api"):
        # No thread survives the fork of a server's worker.
        os.register_at_fork(
            after_in_child=lambda: reports.watch(conf, "cloudkitty-api")
        )
