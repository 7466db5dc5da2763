# SPDX-License-Identifier: Apache-2.0
"""Options of ``[api]``."""

from oslo_config import cfg

OPTS = [
    cfg.PortOpt(
        "port",
        default=8889,
        help="Port of the development server cloudkitty-api. A production "
        "WSGI server has its own option.",
    ),
    cfg.BoolOpt(
        "pecan_debug",
        default=False,
        help="Return pecan's debug page for errors. Do not set it in "
        "production: the page shows internal data of the process.",
    ),
    cfg.ListOpt(
        "disabled_modules",
        default=[],
        help="Names of v2 API modules (entry points of cloudkitty.api.v2) "
        "that are disabled.",
    ),
    cfg.IntOpt(
        "max_limit",
        mutable=True,
        default=1000,
        min=1,
        help="Maximum number of rows in the response of a list, even if the "
        "request has a larger limit or none.",
    ),
]


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    """Return the group and its options."""
    return [("api", OPTS)]
