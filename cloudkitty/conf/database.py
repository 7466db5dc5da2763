# SPDX-License-Identifier: Apache-2.0
"""Options that this service adds to oslo.db's in ``[database]``."""

from oslo_config import cfg

OPTS: list[cfg.Opt] = [
    cfg.IntOpt(
        "connect_timeout",
        default=10,
        min=1,
        help="Seconds for the connection to one address of the database "
        "server. connect_timeout in the URL goes first. This and the "
        "options below hold for [storage_sqlalchemy] connection too.",
    ),
    cfg.IntOpt(
        "read_timeout",
        default=60,
        min=1,
        help="Seconds for which the server may be silent while an answer of "
        "it is waited for; the connection is given up then, so that a "
        "database that no packet comes from any more blocks no scope and no "
        "request for longer. Larger than innodb_lock_wait_timeout (50), and "
        "than the longest statement: raise it if reports take longer. "
        "read_timeout in the URL goes first. cloudkitty-dbsync and "
        "cloudkitty-storage-init have no such limit.",
    ),
    cfg.IntOpt(
        "write_timeout",
        default=30,
        min=1,
        help="Seconds for which the server may take nothing of what is sent "
        "to it (PostgreSQL: tcp_user_timeout, in milliseconds in the URL). "
        "MariaDB and PostgreSQL also end a transaction that is idle for so "
        "long, so that its locks do not hold up other hosts. "
        "write_timeout in the URL goes first.",
    ),
    cfg.IntOpt(
        "retry_seconds",
        default=50,
        min=0,
        help="Seconds for which one transaction is tried again after a "
        "deadlock, a lost connection and the like: longer than the fail-over "
        "of a cluster. No attempt begins later; the last one may take "
        "read_timeout. Keep both together below [orchestrator] "
        "lease_seconds.",
    ),
]


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    """Return the group and its options."""
    return [("database", OPTS)]
