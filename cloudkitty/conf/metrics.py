# SPDX-License-Identifier: Apache-2.0
"""Options of ``[metrics]``: metrics of the processor for Prometheus."""

from oslo_config import cfg

OPTS: list[cfg.Opt] = [
    cfg.BoolOpt(
        "enabled",
        default=False,
        help="Export metrics of cloudkitty-processor for Prometheus, by HTTP "
        "at /metrics, from a process of its own.",
    ),
    cfg.HostAddressOpt(
        "host",
        default="127.0.0.1",
        help="Address to listen on. There is neither authentication nor "
        "encryption: use an address of a private network.",
    ),
    cfg.PortOpt(
        "port",
        default=9188,
        min=1,
        help="TCP port to listen on. If it is in use, it is tried again, and "
        "rating is not affected.",
    ),
    cfg.IntOpt(
        "cache_seconds",
        default=10,
        min=1,
        help="Minimum time in seconds between two reads of the metrics that "
        "come from the database: states of tasks and lag of scopes.",
    ),
    cfg.IntOpt(
        "database_timeout",
        default=4,
        min=2,
        help="Timeout in seconds of each response of the database to these "
        "reads. Set it to less than half of scrape_timeout of Prometheus.",
    ),
]


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    """Return the group and its options."""
    return [("metrics", OPTS)]
