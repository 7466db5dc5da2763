# SPDX-License-Identifier: Apache-2.0
"""``python -m cloudkitty.tests.machines``: the large size, with figures.

Exits with 1 if a point or a sum is not the expected one or if something did
not end, and with 2 if the machine lacks something. Needs root.
"""

import argparse
import contextlib
import datetime
import pathlib
import sys

from cloudkitty.tests import etcd
from cloudkitty.tests import rabbitmq
from cloudkitty.tests.galera import needs
from cloudkitty.tests.galera import running
from cloudkitty.tests.machines import claims
from cloudkitty.tests.machines import rounds
from cloudkitty.tests.machines import world as ck_world

_OF_HOSTS = ("kill", "stop", "cut-database", "cut-locks")
_OF_NODES = ("kill-node", "cut-node")
#: Name, lock server, whether it has Galera, faults.
SITES = {
    "mariadb": ("redis", False, _OF_HOSTS),
    "galera": ("redis", True, (*_OF_NODES, "kill", "cut-database")),
    "etcd": ("etcd", False, ("kill", "stop", "cut-locks")),
}


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    """Return the parsed arguments."""
    parser = argparse.ArgumentParser(prog="cloudkitty.tests.machines")
    parser.add_argument(
        "sites",
        nargs="*",
        metavar="SITE",
        help=f"of {', '.join(SITES)}; without any, all of them",
    )
    parser.add_argument("--scopes", default=30, type=running.at_least_one)
    parser.add_argument("--hours", default=48, type=running.at_least_one)
    parser.add_argument(
        "--rounds",
        default=1,
        type=running.at_least_one,
        help="of each fault, during live rating and during tasks",
    )
    parser.add_argument("--keep-logs", metavar="FOLDER", type=pathlib.Path)
    asked = parser.parse_args(argv)
    if unknown := set(asked.sites) - set(SITES):
        parser.error(f"no such site: {', '.join(sorted(unknown))}")
    if asked.scopes < ck_world.LEAST_SCOPES:
        parser.error(f"--scopes: at least {ck_world.LEAST_SCOPES}")
    if asked.hours < ck_world.LEAST_HOURS:
        parser.error(f"--hours: at least {ck_world.LEAST_HOURS}")
    asked.sites = asked.sites or list(SITES)
    return asked


def missing() -> list[str]:
    """Return the packages that are not installed, or do not run."""
    found = needs.missing()
    if not etcd.installed():
        found.append("etcd-server")
    if not rabbitmq.there():
        found.append("rabbitmq-server")
    return found


def main(argv: list[str] | None = None) -> int:
    """Run the rounds and return the exit status."""
    asked = parse(argv)
    return running.run(lambda stack: _play(asked, stack), missing())


def _play(asked: argparse.Namespace, stack: contextlib.ExitStack) -> bool:
    return all([_play_site(asked, name) for name in asked.sites])


def _play_site(asked: argparse.Namespace, name: str) -> bool:
    locks, galera, faults = SITES[name]
    now = datetime.datetime.now(datetime.UTC)
    world = ck_world.make(asked.scopes, asked.hours, now)
    with contextlib.ExitStack() as stack:
        run = rounds.Run(stack, world, locks=locks, galera=galera)
        if asked.keep_logs:
            target = asked.keep_logs / name
            stack.callback(running.keep_logs, run.site.folder, target)
        try:
            running.say(f"{name}: {run.begin()} points rated")
            for _ in range(asked.rounds):
                for fault in faults:
                    for when in (claims.LIVE, claims.TASKS):
                        running.say(f"{name}: {run.play(fault, when).line()}")
        except rounds.Fault as error:
            running.say(f"{name}: FAULT {error}")
            return False
        run.service.end()
    return True


if __name__ == "__main__":
    sys.exit(main())
