# SPDX-License-Identifier: Apache-2.0
"""``cloudkitty-status upgrade check``: check this host before an upgrade."""

import argparse
import collections.abc
import contextlib

from oslo_config import cfg
from oslo_upgradecheck import common_checks
from oslo_upgradecheck import upgradecheck

from cloudkitty.api import loading
from cloudkitty.cli import command
from cloudkitty.cli import metrics_check
from cloudkitty.common import exceptions
from cloudkitty.db import facade
from cloudkitty.db import migration
from cloudkitty.db import schema
from cloudkitty.db import startup
from cloudkitty.db.rules import module_states
from cloudkitty.db.rules import scripts as script_rows
from cloudkitty.policies import enforcer
from cloudkitty.storage import history
from cloudkitty.storage import loader
from cloudkitty.storage.importing import rated_data_frames


class Checks(upgradecheck.UpgradeCommands):
    """Checks that must pass before the services are started.

    :param conf: the service's options.
    """

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self.conf = conf

    def _check_storage_version(self) -> upgradecheck.Result:
        if self.conf.storage.version < 2:
            return upgradecheck.Result(
                upgradecheck.Code.WARNING,
                "[storage] version = 1 stores prices in single precision: "
                "run cloudkitty-dbsync import-rated and set version = 2 to "
                "store exact prices.",
            )
        return upgradecheck.Result(upgradecheck.Code.SUCCESS)

    def _check_database(self) -> upgradecheck.Result:
        try:
            with command.database(self.conf) as database:
                schema.check(database)
                self._check_storage(database)
        except Exception as error:
            cause = startup.explain(error)
            if cause is None:
                raise
            return upgradecheck.Result(upgradecheck.Code.FAILURE, cause)
        return upgradecheck.Result(upgradecheck.Code.SUCCESS)

    def _check_storage(self, database: facade.Database) -> None:
        storage = loader.load(self.conf, database)
        with contextlib.closing(storage):
            storage.check()

    def _check_history(self) -> upgradecheck.Result:
        """Look for points that the storage does not show, in any release."""
        try:
            with command.database(self.conf) as database:
                cause = history.hidden(self.conf, database)
                imported = not rated_data_frames.lacking(database)
        except Exception as error:
            cause = startup.explain(error)
            if cause is None:
                raise
            return upgradecheck.Result(
                upgradecheck.Code.FAILURE, f"could not look: {cause}"
            )
        version_1 = self.conf.storage.version == 1
        if cause is None or (imported and not version_1):
            return upgradecheck.Result(upgradecheck.Code.SUCCESS)
        return upgradecheck.Result(
            upgradecheck.Code.WARNING,
            f"Points may be hidden: {cause}."
            if version_1
            else "rated_data_frames has points that the configured storage "
            "does not show: run cloudkitty-dbsync import-rated.",
        )

    def _check_scripts(self) -> upgradecheck.Result:
        if self.conf.pyscripts.enabled:
            return upgradecheck.Result(upgradecheck.Code.SUCCESS)
        try:
            with command.database(self.conf) as database:
                if migration.version(database) != migration.head():
                    # _check_database reports it.
                    return upgradecheck.Result(upgradecheck.Code.SUCCESS)
                with database.reader() as session:
                    state = module_states.get_all(session).get("pyscripts")
                    found = script_rows.find(
                        session, script_rows.Filters(), with_data=False
                    )
        except Exception as error:
            if startup.explain(error) is None:
                raise
            return upgradecheck.Result(upgradecheck.Code.SUCCESS)
        if state is None or not state.enabled or not found:
            return upgradecheck.Result(upgradecheck.Code.SUCCESS)
        return upgradecheck.Result(
            upgradecheck.Code.WARNING,
            f"The rating module pyscripts is enabled and has {len(found)} "
            "scripts, but [pyscripts] enabled is not set: periods with a "
            "script in force will not be rated.",
        )

    def _check_metrics(self) -> upgradecheck.Result:
        refusals, warnings = metrics_check.check(self.conf)
        if refusals:
            return upgradecheck.Result(
                upgradecheck.Code.FAILURE,
                "The processor will not start: "
                + "; ".join([*refusals, *warnings]),
            )
        if warnings:
            return upgradecheck.Result(
                upgradecheck.Code.WARNING, "; ".join(warnings)
            )
        return upgradecheck.Result(upgradecheck.Code.SUCCESS)

    def _check_policy(self) -> upgradecheck.Result:
        return common_checks.check_policy_json(self, self.conf)

    def _check_policy_rules(self) -> upgradecheck.Result:
        try:
            modules = [
                *loading.load_modules(self.conf).values(),
                *loading.load_module_configs(self.conf).values(),
            ]
            enforcer.make_enforcer(
                self.conf, [rule for each in modules for rule in each.rules]
            )
        except exceptions.InvalidConfiguration as error:
            return upgradecheck.Result(upgradecheck.Code.FAILURE, str(error))
        return upgradecheck.Result(upgradecheck.Code.SUCCESS)

    _upgrade_checks = (
        ("Storage version", _check_storage_version),
        ("Policy file is not JSON", _check_policy),
        ("Policy rules", _check_policy_rules),
        ("Database schema", _check_database),
        ("Rated history", _check_history),
        ("Rating scripts", _check_scripts),
        ("Metric definitions", _check_metrics),
    )


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
    return int(Checks(conf).check())
