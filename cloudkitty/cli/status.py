# SPDX-License-Identifier: Apache-2.0
"""``cloudkitty-status upgrade check``: check this host before an upgrade."""

import argparse
import collections.abc
import contextlib
import functools

from oslo_config import cfg
from oslo_upgradecheck import upgradecheck

from cloudkitty.cli import command
from cloudkitty.cli.checks import api
from cloudkitty.cli.checks import context as ck_context
from cloudkitty.cli.checks import findings
from cloudkitty.cli.checks import metrics
from cloudkitty.cli.checks import processor
from cloudkitty.cli.checks import rating
from cloudkitty.cli.checks import stored
from cloudkitty.cli.checks import tables

#: Titles of all checks, in the order of the table.
CHECKS: tuple[tuple[str, findings.Check], ...] = (
    ("Storage version", stored.check_version),
    ("Policy file is not JSON", api.check_policy_json),
    ("Policy rules", api.check_policy_rules),
    ("API pipeline", api.check_paste),
    ("Database schema", tables.check_schema),
    ("Scopes", tables.check_scopes),
    ("Unfinished tasks", tables.check_tasks),
    ("Storage", stored.check_storage),
    ("Rated history", stored.check_history),
    ("Rating modules", rating.check_modules),
    ("Rating scripts", rating.check_scripts),
    ("Metric definitions", metrics.check),
    ("Fetcher", processor.check_fetcher),
    ("Coordination", processor.check_locks),
)


class Checks(upgradecheck.UpgradeCommands):
    """Checks that must pass before the services are started.

    :param context: shared by the checks.
    """

    def __init__(self, context: ck_context.Context) -> None:
        self._upgrade_checks = tuple(
            (title, functools.partial(_run, check, context))
            for title, check in CHECKS
        )


def _run(
    check: findings.Check, context: ck_context.Context, _commands: object
) -> upgradecheck.Result:
    return findings.run(check, context)


def main(argv: collections.abc.Sequence[str] | None = None) -> int:
    """Print a table of all checks, or JSON.

    :param argv: command line without the program's name.
    :returns: 0 if all checks succeed, 1 for warnings, 2 for failures.
    """
    action = cfg.SubCommandOpt(
        "command", title="commands", handler=_add_parsers
    )
    return command.run("cloudkitty-status", argv, _work, [action])


def _add_parsers(
    subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]",
) -> None:
    parser = subparsers.add_parser("upgrade", help="checks before an upgrade")
    parser.add_argument("check", choices=["check"])
    parser.add_argument(
        "--json", action="store_true", help="print JSON instead of a table"
    )


def _work(conf: cfg.ConfigOpts) -> int:
    # The library reads --json only from this global.
    upgradecheck.CONF = conf
    with contextlib.closing(ck_context.Context(conf)) as context:
        return int(Checks(context).check())
