# SPDX-License-Identifier: Apache-2.0
"""The API for a WSGI server: ``cloudkitty.wsgi.api:application``.

The options come from the usual files (``/etc/cloudkitty/cloudkitty.conf``
and others, see oslo.config), or from those that the environment variable
``OS_CLOUDKITTY_CONFIG_FILES`` names, with ``;`` between them.
"""

import os

from oslo_log import log

from cloudkitty import conf as ck_conf
from cloudkitty.api import app
from cloudkitty.orchestrator import embedded

_files = os.environ.get("OS_CLOUDKITTY_CONFIG_FILES", "")
# A WSGI server's command line is not ours.
_conf = ck_conf.make(
    argv=[],
    default_config_files=[name for name in _files.split(";") if name] or None,
)
log.setup(_conf, "cloudkitty")
application = app.load(_conf, rpc=embedded.make_client(_conf))
