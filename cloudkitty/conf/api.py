# SPDX-License-Identifier: Apache-2.0
"""Options of ``[api]``."""

from oslo_config import cfg

OPTS = [
    cfg.PortOpt(
        "port",
        default=8889,
        help="Port of the development server cloudkitty-api; a production "
        "WSGI server has its own setting.",
    ),
    cfg.BoolOpt(
        "pecan_debug",
        default=False,
        help="Answer errors with pecan's debug page. Never in production: "
        "the page shows what the process knows.",
    ),
    cfg.ListOpt(
        "disabled_modules",
        default=[],
        help="Names of v2 API modules (entry points of cloudkitty.api.v2) "
        "that are not served.",
    ),
    cfg.IntOpt(
        "max_limit",
        default=1000,
        min=1,
        help="The most rows that one list answer holds, also when the "
        "request asks for more or names no limit.",
    ),
]


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    """Return the group and its options."""
    return [("api", OPTS)]
