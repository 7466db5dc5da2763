# SPDX-License-Identifier: Apache-2.0
"""``cloudkitty-dbsync``: creates, upgrades and purges the tables."""

import argparse
import collections.abc
import contextlib
import pathlib
import sys
import typing

from oslo_config import cfg

from cloudkitty.cli import command
from cloudkitty.cli import export
from cloudkitty.cli import import_rated
from cloudkitty.cli import purge
from cloudkitty.common import exceptions
from cloudkitty.common import plugins
from cloudkitty.compat import migrations
from cloudkitty.compat import process
from cloudkitty.db import facade
from cloudkitty.db import migration
from cloudkitty.db import schema
from cloudkitty.db import startup
from cloudkitty.storage.importing import completion
from cloudkitty.storage.importing import sources

PROGRAM = "cloudkitty-dbsync"


def main(argv: collections.abc.Sequence[str] | None = None) -> int:
    """Run one subcommand.

    :param argv: command line without the program's name.
    :returns: 0, or 1 with the cause on the standard error.
    """
    action = cfg.SubCommandOpt(
        "command", title="commands", handler=_add_parsers
    )
    return command.run(PROGRAM, argv, _work, [action], migrates=True)


def _add_parsers(
    subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]",
) -> None:
    for name, words in (
        ("upgrade", "create or upgrade the tables"),
        ("stamp", "store a revision without changing any table"),
        ("version", "print the revision of the database"),
    ):
        parser = subparsers.add_parser(name, help=words)
        parser.add_argument(
            "--module",
            help="a rating module with migrations of its own. The modules "
            "of this service share one tree of revisions, for which it has "
            "no effect",
        )
        if name != "version":
            parser.add_argument("--revision", default="head")
    parser = subparsers.add_parser(
        "import-rated",
        help="copy the rated points of another storage into the tables of "
        "[storage] version = 2, backend = sqlalchemy; may be repeated and "
        "continued",
    )
    parser.add_argument(
        "--from",
        dest="source",
        default=completion.SOURCE,
        choices=sources.names(),
        help="the storage that is read, with its options in the "
        "configuration (default: upstream's table %(default)s)",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="check, and write nothing"
    )
    parser.add_argument(
        "--overwrite",
        action="store_true",
        help="replace points that the tables have in the same months",
    )
    parser.add_argument(
        "--directory",
        type=pathlib.Path,
        help="of the files of cloudkitty-dbsync export, with --from export",
    )
    export.add_parser(subparsers)
    purge.add_parser(subparsers)


def _work(conf: cfg.ConfigOpts) -> int:
    given = conf.command
    command.say_database(PROGRAM, conf)
    if given.name == "import-rated":
        with command.database(conf) as database:
            return import_rated.run(
                conf,
                database,
                given.source,
                dry_run=given.dry_run,
                overwrite=given.overwrite,
                directory=given.directory,
            )
    if given.name == "export":
        with command.database(conf) as database:
            return export.run(conf, database, given)
    if given.name == "purge":
        with command.database(conf) as database:
            return purge.run(conf, database, given)
    process.use(conf)
    own = migrations.plugin_migrations()
    if given.module in own:
        return _work_module(given, own[given.module])
    _check_module(given.module)
    with command.database(conf) as database:
        if given.name == "upgrade":
            _upgrade(conf, database, given.revision)
            if given.module is None:
                for name, found in own.items():
                    with _named(name):
                        found.upgrade("head")
        elif given.name == "stamp":
            migration.stamp(database, given.revision)
        else:
            sys.stdout.write(f"{migration.version(database) or 'none'}\n")
    return 0


def _upgrade(
    conf: cfg.ConfigOpts, database: facade.Database, revision: str
) -> None:
    version_1 = conf.storage.version == 1 and revision == "head"
    refusals = startup.Refusals()
    # Before any table is changed.
    with refusals.gather():
        schema.check_upgradable(database, migration.SERVICE)
    if version_1:
        with refusals.gather():
            schema.check_upgradable(database, migration.RATED_DATA_FRAMES)
    refusals.check()
    migration.upgrade(database, revision)
    if version_1:
        migration.upgrade(database, tree=migration.RATED_DATA_FRAMES)


def _work_module(given: typing.Any, found: typing.Any) -> int:
    """Run a subcommand for the tables of one rating module of upstream."""
    with _named(given.module):
        if given.name == "version":
            # alembic prints it.
            found.version()
        else:
            getattr(found, given.name)(given.revision)
    return 0


@contextlib.contextmanager
def _named(name: str) -> collections.abc.Iterator[None]:
    """Name the module in the errors of its migrations."""
    try:
        yield
    # A plugin may raise anything.
    except Exception as error:
        raise exceptions.InvalidConfiguration(
            f"rating module {name}: its migrations failed: "
            f"{type(error).__name__}: {error}"
        ) from error
    finally:
        process.release()


def _check_module(name: str | None) -> None:
    """Accept module names from scripts for upstream, reject unknown names."""
    if name is None:
        return
    known = {
        "cloudkitty",
        *plugins.names("cloudkitty.rating.processors"),
    }
    if name not in known:
        raise exceptions.InvalidConfiguration(
            f"--module {name}: the module does not exist; existing modules: "
            f"{', '.join(sorted(known))}"
        )
    sys.stderr.write(
        f"{PROGRAM}: --module {name} has no effect: all modules share one "
        "tree of revisions\n"
    )
