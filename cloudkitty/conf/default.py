# SPDX-License-Identifier: Apache-2.0
"""Options of ``[DEFAULT]``."""

import socket

from oslo_config import cfg

OPTS = [
    cfg.StrOpt(
        "api_paste_config",
        default="api_paste.ini",
        help="Paste file of the API. A relative name is searched in the "
        "configuration directories. The API does not start without the file.",
    ),
    cfg.StrOpt(
        "auth_strategy",
        default="keystone",
        choices=[
            ("keystone", "tokens are validated and policies enforced"),
            ("noauth", "everyone is an administrator"),
        ],
        help="Pipeline of the paste file that serves the API.",
    ),
    cfg.HostAddressOpt(
        "host",
        default=socket.getfqdn(),
        sample_default="<hostname>",
        help="Name of this host: RPC server name and owner of task leases.",
    ),
]


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    """Return the group and its options."""
    return [("DEFAULT", OPTS)]
