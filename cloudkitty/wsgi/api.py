# SPDX-License-Identifier: Apache-2.0
"""The API for a WSGI server: ``cloudkitty.wsgi.api:application``.

The options come from the usual files (``/etc/cloudkitty/cloudkitty.conf``
and others, see oslo.config), or from those that the environment variable
``OS_CLOUDKITTY_CONFIG_FILES`` names, with ``;`` between them.
"""

import os
import sys
import typing

from oslo_log import log

from cloudkitty import conf as ck_conf
from cloudkitty.api import app
from cloudkitty.db import startup
from cloudkitty.orchestrator import embedded

#: gunicorn ends with its first worker that exits with this status. After any
#: other it starts the next one, without end.
_BOOT_ERROR = 3


def _load() -> typing.Any:
    """Return the application, or exit with one line on standard error."""
    files = os.environ.get("OS_CLOUDKITTY_CONFIG_FILES", "")
    conf = None
    try:
        # A WSGI server's command line is not ours.
        conf = ck_conf.make(
            argv=[],
            default_config_files=[name for name in files.split(";") if name]
            or None,
        )
        log.setup(conf, "cloudkitty")
        return app.load(conf, rpc=embedded.make_client(conf))
    except Exception as error:
        cause = startup.explain(error)
        if cause is None:
            raise
        startup.refuse("cloudkitty-api", cause, conf)
        sys.exit(_BOOT_ERROR)


application = _load()
