# SPDX-License-Identifier: Apache-2.0
"""``cloudkitty-storage-init``: creates the storage of rated points."""

import collections.abc
import contextlib

from oslo_config import cfg

from cloudkitty.cli import command
from cloudkitty.db import facade
from cloudkitty.db import migration
from cloudkitty.storage import base
from cloudkitty.storage import history
from cloudkitty.storage import loader


def main(argv: collections.abc.Sequence[str] | None = None) -> int:
    """Create the tables of the configured storage; safe to repeat.

    :param argv: command line without the program's name.
    :returns: 0, or 1 with the cause on the standard error.
    """
    return command.run("cloudkitty-storage-init", argv, _work)


def _check(conf: cfg.ConfigOpts, database: facade.Database) -> None:
    """Refuse before anything is migrated."""
    if not conf.storage.allow_empty_history:
        with contextlib.closing(loader.load(conf, database)) as storage:
            try:
                history.check(conf, database, storage)
            except base.StorageError:
                # No tables yet, so no points either.
                history.check_empty(conf, database)


def _work(conf: cfg.ConfigOpts) -> int:
    with command.database(conf) as database:
        _check(conf, database)
        # Upstream's command creates the tables of scopes and reprocesses.
        # Here they belong to the single tree of revisions.
        migration.upgrade(database)
        with contextlib.closing(loader.load(conf, database)) as storage:
            storage.init()
    return 0
