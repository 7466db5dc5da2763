# SPDX-License-Identifier: Apache-2.0
"""Options of the storage of rated points."""

from oslo_config import cfg

OPTS = [
    cfg.StrOpt(
        "backend",
        default="sqlalchemy",
        help="Storage: an entry point of cloudkitty.storage.v2.backends.",
    ),
    cfg.IntOpt(
        "version",
        default=2,
        min=1,
        max=2,
        help="Version of the storage interface. This release contains "
        "drivers of version 2 only.",
    ),
]

SQLALCHEMY_OPTS: list[cfg.Opt] = [
    cfg.StrOpt(
        "connection",
        secret=True,
        help="SQLAlchemy URL of a separate database for the rated points. If "
        "it is not set, the points are stored in the database of the "
        "service, where the data of a task and its cursor change in one "
        "transaction.",
    ),
]


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    """Return the groups and their options."""
    return [("storage", OPTS), ("storage_sqlalchemy", SQLALCHEMY_OPTS)]
