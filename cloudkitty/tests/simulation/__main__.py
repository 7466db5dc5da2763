# SPDX-License-Identifier: Apache-2.0
"""``python -m cloudkitty.tests.simulation --seeds 1-5000 --jobs 2``.

Exits with 1 if a seed failed, or if a range never showed a transition or a
kind of fault. One seed again, with each of its steps:
``--seeds 4711 --verbose``.
"""

import argparse
import multiprocessing
import sys

from cloudkitty.tests.simulation import campaign
from cloudkitty.tests.simulation import report

#: Ranges shorter than this cannot show everything.
_ENOUGH = 1000


def main(argv: list[str] | None = None) -> int:
    """Run the seeds and return the exit status."""
    parser = argparse.ArgumentParser(prog="cloudkitty.tests.simulation")
    parser.add_argument("--seeds", default="1-100", type=_seeds)
    parser.add_argument("--jobs", default=1, type=int)
    parser.add_argument("--verbose", action="store_true")
    asked = parser.parse_args(argv)
    shares = [
        (asked.seeds[job :: asked.jobs], asked.verbose)
        for job in range(asked.jobs)
    ]
    totals = report.Totals()
    if asked.jobs == 1:
        totals.merge(campaign.work(shares[0]))
    else:
        # Each its own interpreter: a fork would share the database.
        with multiprocessing.get_context("spawn").Pool(asked.jobs) as pool:
            for found in pool.imap_unordered(campaign.work, shares):
                totals.merge(found)
    print(*totals.lines(), sep="\n")
    missing = totals.missing() if len(asked.seeds) >= _ENOUGH else []
    for what in missing:
        print(f"never seen: {what}")
    return 1 if totals.failures or missing else 0


def _seeds(text: str) -> range:
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


if __name__ == "__main__":
    sys.exit(main())
