# SPDX-License-Identifier: Apache-2.0
"""``python -m cloudkitty.tests.galera``: three hosts, three Galera nodes.

Exits with 1 if a row is not that of an undisturbed run on one plain server,
and with 2 if the machine lacks something. Needs root.
"""

import argparse
import contextlib
import datetime
import logging
import os
import pathlib
import shutil
import signal
import sys
import time
import warnings

from cloudkitty.tests.galera import needs
from cloudkitty.tests.galera import plan as ck_plan
from cloudkitty.tests.galera import play
from cloudkitty.tests.galera import processes
from cloudkitty.tests.galera import scenarios
from cloudkitty.tests.galera import stage as ck_stage

#: Signals that end the run and remove all of its objects.
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    """Return the parsed arguments."""
    parser = argparse.ArgumentParser(prog="cloudkitty.tests.galera")
    parser.add_argument(
        "scenarios",
        nargs="*",
        metavar="SCENARIO",
        help=f"of {', '.join(scenarios.ALL)}; without any, all of them",
    )
    parser.add_argument("--scopes", default=12, type=_at_least_one)
    parser.add_argument(
        "--days",
        default=7,
        type=_at_least_one,
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


def _at_least_one(text: str) -> int:
    if (number := int(text)) < 1:
        raise ValueError(text)
    return number


def main(argv: list[str] | None = None) -> int:
    """Run the scenarios and return the exit status."""
    asked = parse(argv)
    if refusal := needs.refusal(os.geteuid(), needs.missing()):
        sys.stderr.write(f"{refusal}\n")
        return 2
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    for number in _ENDING:
        signal.signal(number, signal.default_int_handler)
    began = time.monotonic()
    try:
        good = _run(asked)
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return 130
    ck_stage.say(
        f"{'all right' if good else 'FAULTS'}: "
        f"{time.monotonic() - began:.0f} s"
    )
    return 0 if good else 1


def _run(asked: argparse.Namespace) -> bool:
    now = datetime.datetime.now(datetime.UTC)
    plan = ck_plan.make(asked.scopes, asked.days, now)
    with contextlib.ExitStack() as stack:
        # Nothing interrupts the removal.
        stack.callback(_interruptible, True)
        try:
            stage = ck_stage.Stage(stack, plan)
            if asked.keep_logs:
                stack.callback(_keep_logs, stage.folder, asked.keep_logs)
            results = [play.play(name, stage) for name in asked.scenarios]
        except processes.NotReady as error:
            ck_stage.say(f"  FAULT {error}")
            results = [False]
        finally:
            _interruptible(False)
    return all(results)


def _interruptible(allowed: bool) -> None:
    handler = signal.default_int_handler if allowed else signal.SIG_IGN
    for number in _ENDING:
        signal.signal(number, handler)


def _keep_logs(folder: pathlib.Path, target: pathlib.Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for log in folder.rglob("*.log"):
        name = "-".join(log.relative_to(folder).parts)
        shutil.copyfile(log, target / name)


if __name__ == "__main__":
    sys.exit(main())
