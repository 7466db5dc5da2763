# SPDX-License-Identifier: Apache-2.0
"""``cloudkitty-dbsync export``: write the points of a month to a file."""

import argparse
import contextlib
import datetime
import functools
import pathlib
import sys
import typing

from oslo_config import cfg

from cloudkitty.cli import progress
from cloudkitty.db import facade
from cloudkitty.db import schema
from cloudkitty.storage import loader
from cloudkitty.storage.exporting import exporter
from cloudkitty.storage.importing import months


def add_parser(
    subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]",
) -> None:
    """Add the subcommand and its options."""
    parser = subparsers.add_parser(
        "export",
        help="write the rated points of a month, of all scopes, to a file "
        "with a manifest; import-rated --from export reads them back",
    )
    parser.add_argument(
        "--month", type=month, required=True, metavar="YYYY-MM"
    )
    parser.add_argument(
        "--format",
        choices=sorted(exporter.FORMATS),
        default="csv",
        help="parquet needs the Python package pyarrow (default: csv)",
    )
    parser.add_argument(
        "--directory",
        type=pathlib.Path,
        required=True,
        help="an existing directory; an export in it is not overwritten",
    )


def month(text: str) -> datetime.datetime:
    """Return the first instant of a month of the command line.

    :raises argparse.ArgumentTypeError: for another text than ``2026-10``.
    """
    try:
        read = datetime.datetime.strptime(text, "%Y-%m")
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text} is not a month such as 2026-10"
        ) from None
    return read.replace(tzinfo=datetime.UTC)


def run(
    conf: cfg.ConfigOpts, database: facade.Database, given: typing.Any
) -> int:
    """Export a month; return the exit code.

    :param given: the parsed options of ``add_parser``.
    :raises cloudkitty.common.exceptions.CloudKittyError: with one sentence.
    """
    schema.check(database)
    storage = loader.load(conf, database)
    exact = conf.storage.backend == "sqlalchemy"
    with contextlib.closing(storage):
        storage.check()
        written = exporter.Exporter(
            storage,
            functools.partial(
                months.sums if exact else months.exact_sums, storage
            ),
            conf.collect.scope_key,
            progress.Progress(sys.stderr, "scopes"),
        ).run(given.month, given.directory, given.format)
    sys.stdout.write(
        f"exported {written.points} points of {written.scopes} scopes to "
        f"{given.directory / written.file}\n"
    )
    return 0
