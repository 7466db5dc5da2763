# SPDX-License-Identifier: Apache-2.0
"""``python -m cloudkitty.tests.galera``: three hosts, three Galera nodes.

Exits with 1 if a row is not that of an undisturbed run on one plain server,
and with 2 if the machine lacks something. Needs root.
"""

import argparse
import contextlib
import datetime
import pathlib
import sys

from cloudkitty.tests.galera import needs
from cloudkitty.tests.galera import plan as ck_plan
from cloudkitty.tests.galera import play
from cloudkitty.tests.galera import running
from cloudkitty.tests.galera import scenarios
from cloudkitty.tests.galera import stage as ck_stage


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    """Return the parsed arguments."""
    parser = argparse.ArgumentParser(prog="cloudkitty.tests.galera")
    parser.add_argument(
        "scenarios",
        nargs="*",
        metavar="SCENARIO",
        help=f"of {', '.join(scenarios.ALL)}; without any, all of them",
    )
    parser.add_argument("--scopes", default=12, type=running.at_least_one)
    parser.add_argument(
        "--days",
        default=7,
        type=running.at_least_one,
        help="rated beforehand; as many are due in each run",
    )
    parser.add_argument("--keep-logs", metavar="FOLDER", type=pathlib.Path)
    asked = parser.parse_args(argv)
    if unknown := set(asked.scenarios) - set(scenarios.ALL):
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}")
    if asked.scopes * asked.days < scenarios.RACES:
        parser.error(f"scopes x days must be at least {scenarios.RACES}")
    asked.scenarios = asked.scenarios or list(scenarios.ALL)
    return asked


def main(argv: list[str] | None = None) -> int:
    """Run the scenarios and return the exit status."""
    asked = parse(argv)
    return running.run(lambda stack: _play(asked, stack), needs.missing())


def _play(asked: argparse.Namespace, stack: contextlib.ExitStack) -> bool:
    now = datetime.datetime.now(datetime.UTC)
    plan = ck_plan.make(asked.scopes, asked.days, now)
    stage = ck_stage.Stage(stack, plan)
    if asked.keep_logs:
        stack.callback(running.keep_logs, stage.folder, asked.keep_logs)
    return all([play.play(name, stage) for name in asked.scenarios])


if __name__ == "__main__":
    sys.exit(main())
