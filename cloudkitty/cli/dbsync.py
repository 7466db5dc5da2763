# SPDX-License-Identifier: Apache-2.0
"""``cloudkitty-dbsync``: makes and upgrades the service's tables."""

import argparse
import collections.abc
import sys

from oslo_config import cfg

from cloudkitty.cli import command
from cloudkitty.common import exceptions
from cloudkitty.common import plugins
from cloudkitty.db import migration

PROGRAM = "cloudkitty-dbsync"


def main(argv: collections.abc.Sequence[str] | None = None) -> int:
    """Run one subcommand.

    :param argv: command line without the program's name.
    :returns: 0, or 1 with the cause on the standard error.
    """
    action = cfg.SubCommandOpt(
        "command", title="commands", handler=_add_parsers
    )
    return command.run(PROGRAM, argv, _work, [action])


def _add_parsers(
    subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]",
) -> None:
    for name, words in (
        ("upgrade", "make or upgrade the tables; nothing to do is fine"),
        ("stamp", "note a revision without touching any table"),
        ("version", "print the revision of the database"),
    ):
        parser = subparsers.add_parser(name, help=words)
        parser.add_argument(
            "--module",
            help="upstream keeps a tree of revisions per rating module; "
            "here is one tree for all, so this changes nothing",
        )
        if name != "version":
            parser.add_argument("--revision", default="head")


def _work(conf: cfg.ConfigOpts) -> int:
    given = conf.command
    _check_module(given.module)
    with command.database(conf) as database:
        if given.name == "upgrade":
            migration.upgrade(database, given.revision)
        elif given.name == "stamp":
            migration.stamp(database, given.revision)
        else:
            sys.stdout.write(f"{migration.version(database) or 'none'}\n")
    return 0


def _check_module(name: str | None) -> None:
    """Accept what scripts made for upstream say, refuse what is a typo."""
    if name is None:
        return
    known = {
        "cloudkitty",
        *plugins.names("cloudkitty.rating.processors"),
    }
    if name not in known:
        raise exceptions.InvalidConfiguration(
            f"--module {name}: there is no such module; known: "
            f"{', '.join(sorted(known))}"
        )
    sys.stderr.write(
        f"{PROGRAM}: --module {name}: all modules have one tree of "
        "revisions here; it is used whole\n"
    )
