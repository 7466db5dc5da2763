# SPDX-License-Identifier: Apache-2.0
"""Options of drivers that authenticate with Keystone.

Names and defaults are keystoneauth's. The options of the chosen
authentication plugin (``auth_url``, ``username`` ...) are registered when the
plugin is loaded: ``cloudkitty.common.keystone``.
"""

from keystoneauth1 import loading
from oslo_config import cfg

SESSION_OPTS: list[cfg.Opt] = loading.get_session_conf_options()
AUTH_OPTS: list[cfg.Opt] = loading.get_auth_common_conf_options()

MAX_RESPONSE_SIZE = cfg.IntOpt(
    "max_response_size",
    default=256 * 1024 * 1024,
    min=1024,
    help="Maximum size of one response in bytes, after decompression. A "
    "larger response is an error; if it contains several periods, the query "
    "is repeated with fewer periods.",
)

#: What every driver with Keystone authentication has.
OPTS: list[cfg.Opt] = [*SESSION_OPTS, *AUTH_OPTS, MAX_RESPONSE_SIZE]
