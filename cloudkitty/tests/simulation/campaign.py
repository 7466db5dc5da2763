# SPDX-License-Identifier: Apache-2.0
"""The seeds of one process of a campaign.

Not in ``__main__``: a process that is spawned does not import that module.
"""

import logging
import sys
import warnings

from cloudkitty.tests.simulation import report
from cloudkitty.tests.simulation import runner

#: Lines of a failed seed's log that are shown without ``--verbose``.
_LAST = 25
#: Seeds between two signs of life.
_PROGRESS = 250


def work(share: tuple[range, bool]) -> report.Totals:
    """Run seeds, print the failed ones and return the totals.

    :param share: the seeds, and whether each of their steps is printed.
    """
    seeds, verbose = share
    warnings.simplefilter("ignore")
    # What fails is in the steps; production's own log would hide it.
    logging.getLogger("cloudkitty").propagate = False
    totals = report.Totals()
    with runner.Runner() as run:
        for seed in seeds:
            result = run.run(seed)
            totals.add(result)
            if totals.seeds % _PROGRESS == 0:
                print(f"seed {seed}: {totals.seeds} done", file=sys.stderr)
            if result.failure or verbose:
                _show(result, verbose)
    return totals


def _show(result: runner.Result, verbose: bool) -> None:
    lines = result.log if verbose else result.log[-_LAST:]
    said = result.failure or "nothing was broken"
    print(
        f"--- seed {result.seed}",
        *lines,
        said,
        result.trace,
        sep="\n",
        flush=True,
    )
