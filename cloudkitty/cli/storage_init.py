# SPDX-License-Identifier: Apache-2.0
"""``cloudkitty-storage-init``: creates the storage of rated points."""

import collections.abc
import contextlib

from oslo_config import cfg

from cloudkitty.cli import command
from cloudkitty.db import facade
from cloudkitty.db import migration
from cloudkitty.db import schema
from cloudkitty.db import startup
from cloudkitty.storage import history
from cloudkitty.storage import loader


def main(argv: collections.abc.Sequence[str] | None = None) -> int:
    """Create the tables of the configured storage; safe to repeat.

    :param argv: command line without the program's name.
    :returns: 0, or 1 with the cause on the standard error.
    """
    return command.run("cloudkitty-storage-init", argv, _work, migrates=True)


def _work(conf: cfg.ConfigOpts) -> int:
    with command.database(conf) as database:
        _check(conf, database)
        # Upstream's command creates the tables of scopes and reprocesses.
        # Here they belong to the single tree of revisions.
        migration.upgrade(database)
        with contextlib.closing(loader.load(conf, database)) as storage:
            storage.init()
    return 0


def _check(conf: cfg.ConfigOpts, database: facade.Database) -> None:
    """Refuse before anything is created or migrated.

    :raises cloudkitty.common.exceptions.InvalidConfiguration: with all
        causes.
    :raises oslo_db.exception.DBError: if the database is unavailable.
    """
    refusals = startup.Refusals()
    opened = None
    # Without the database: an invalid option is shown although it is down.
    with refusals.gather():
        opened = loader.load(conf, database)
    try:
        with refusals.gather():
            schema.check_upgradable(database, migration.SERVICE)
        if opened is not None:
            with refusals.gather():
                opened.check_init()
            with refusals.gather():
                history.check_before_init(conf, database, opened)
    finally:
        if opened is not None:
            opened.close()
    refusals.check()
