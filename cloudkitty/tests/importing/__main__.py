# SPDX-License-Identifier: Apache-2.0
"""``python -m cloudkitty.tests.importing``: import, killed again and again.

Exits with 1 if a sum is not that of the generated rows, or if a run failed.
"""

import argparse
import logging
import pathlib
import sys
import tempfile
import warnings

from cloudkitty.tests import database_servers
from cloudkitty.tests import databases
from cloudkitty.tests.importing import campaign

#: Faults that are shown.
_SHOWN = 5


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    """Return the parsed arguments."""
    parser = argparse.ArgumentParser(prog="cloudkitty.tests.importing")
    parser.add_argument(
        "backend", nargs="?", default="mariadb", choices=databases.BACKENDS
    )
    parser.add_argument("--rows", default=1_000_000, type=int)
    parser.add_argument("--kills", default=10, type=int)
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Run the campaign and return the exit status."""
    asked = parse(argv)
    cause = database_servers.missing(asked.backend)
    if cause:
        sys.stderr.write(f"{cause}\n")
        return 2
    with (
        databases.DatabaseFixture(asked.backend) as database,
        tempfile.TemporaryDirectory(prefix="ck-importing-") as folder,
    ):
        found = campaign.Campaign(database.url, pathlib.Path(folder), say)
        try:
            good = _run(found, asked.rows, asked.kills)
        finally:
            found.close()
    say("all sums are equal" if good else "FAULTS")
    return 0 if good else 1


def _run(found: campaign.Campaign, rows: int, kills: int) -> bool:
    found.fill(rows)
    undisturbed = found.undisturbed()
    if undisturbed.status or _faulty(found):
        return False
    found.forget()
    return found.killed(kills, undisturbed.seconds) and not _faulty(found)


def _faulty(found: campaign.Campaign) -> bool:
    faults = found.faults()
    for fault in faults[:_SHOWN]:
        say(f"  FAULT {fault}")
    return bool(faults)


def say(text: str) -> None:
    """Write a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    sys.exit(main())
