# SPDX-License-Identifier: Apache-2.0
"""``cloudkitty-dbsync import-rated``: copy rated data of CloudKitty 25."""

import contextlib
import functools
import pathlib
import sys

from oslo_config import cfg

from cloudkitty.cli import progress
from cloudkitty.db import facade
from cloudkitty.db import schema
from cloudkitty.storage.importing import completion
from cloudkitty.storage.importing import importer
from cloudkitty.storage.importing import sources
from cloudkitty.storage.importing import target
from cloudkitty.storage.v2 import sqlalchemy as v2


def run(
    conf: cfg.ConfigOpts,
    database: facade.Database,
    source: str,
    *,
    dry_run: bool,
    overwrite: bool,
    directory: pathlib.Path | None = None,
) -> int:
    """Import all points of a storage; return the exit code.

    They are copied to the SQL storage of version 2, whatever is configured.

    :param source: one of ``sources.names``.
    :param directory: of the files of ``export``.
    :raises cloudkitty.common.exceptions.CloudKittyError: with one sentence.
    """
    schema.check(database)
    newest = None
    if source == completion.SOURCE:
        newest = completion.newest(database)
        if newest is None:
            sys.stdout.write(f"{source} has no rows: nothing to import\n")
            return 0
    read = sources.load(conf, database, source, directory)
    storage = v2.SQLAlchemyStorage(conf, database)
    with contextlib.closing(read.storage), contextlib.closing(storage):
        if not dry_run:
            storage.init()
        work = importer.Importer(
            read,
            target.Target(
                source,
                storage,
                database,
                functools.partial(sources.make_scope, conf),
                overwrite=overwrite,
            ),
            conf.collect.scope_key,
            progress.Progress(sys.stderr, "points"),
        )
        plan = work.plan()
        points = sum(month.points for month in plan)
        scopes = len({month.scope_id for month in plan})
        if dry_run:
            sys.stdout.write(
                f"would import {points} points of {scopes} scopes in "
                f"{len(plan)} months of scopes; nothing was written\n"
            )
            return 0
        work.run(plan)
    if source != sources.EXPORT:
        completion.finish(database, source, newest)
    sys.stdout.write(
        f"imported {points} points of {scopes} scopes; the sums of each "
        "scope, metric and month are equal"
    )
    if source != sources.EXPORT:
        sys.stdout.write(
            ". Now set [storage] version = 2 and backend = sqlalchemy"
        )
    sys.stdout.write("\n")
    return 0
