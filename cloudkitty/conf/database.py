# SPDX-License-Identifier: Apache-2.0
"""Options that this service adds to oslo.db's in ``[database]``."""

from oslo_config import cfg

OPTS: list[cfg.Opt] = [
    cfg.IntOpt(
        "connect_timeout",
        default=10,
        min=1,
        help="Timeout in seconds of the connection to one address of the "
        "database server. connect_timeout in the URL takes precedence. This "
        "and the options below also apply to [storage_sqlalchemy] "
        "connection.",
    ),
    cfg.IntOpt(
        "read_timeout",
        default=60,
        min=1,
        help="Timeout in seconds of a response of the database server. After "
        "it the connection is closed, so that an unreachable database does "
        "not block a scope or a request for longer. Set it to more than "
        "innodb_lock_wait_timeout (50) and more than the duration of the "
        "longest statement: increase it if reports take longer. "
        "read_timeout in the URL takes precedence. cloudkitty-dbsync and "
        "cloudkitty-storage-init have no such timeout.",
    ),
    cfg.IntOpt(
        "write_timeout",
        default=30,
        min=1,
        help="Timeout in seconds of sending data to the database server "
        "(PostgreSQL: tcp_user_timeout, in milliseconds in the URL). MariaDB "
        "and PostgreSQL also end a transaction that is idle for this time, "
        "so that its locks do not block other hosts. write_timeout in the "
        "URL takes precedence.",
    ),
    cfg.IntOpt(
        "retry_seconds",
        default=50,
        min=0,
        help="Seconds during which a transaction is retried after a "
        "deadlock, a lost connection or a similar error. Set it to more than "
        "the duration of the fail-over of a cluster. No attempt begins "
        "later; the last attempt may take read_timeout. The sum of both must "
        "be less than [orchestrator] lease_seconds.",
    ),
]


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    """Return the group and its options."""
    return [("database", OPTS)]
