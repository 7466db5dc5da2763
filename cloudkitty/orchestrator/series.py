# SPDX-License-Identifier: Apache-2.0
"""The metrics that workers count, and the memory they count in.

The first process creates the memory before it forks. Each worker has a row of
numbers and writes only this row; the process that exports metrics adds the
rows up. A worker that replaces a dead one continues its row, so that a sum
never decreases and nothing is left to be removed.

No module outside the standard library is imported: the first process stays
small.
"""

import collections.abc
import dataclasses
import itertools
import mmap

Labels = tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Counter:
    """A counter with a fixed set of label values.

    :param name: without the suffix ``_total``.
    :param help: description for operators.
    :param labels: values of each label.
    """

    name: str
    help: str
    labels: dict[str, Labels] = dataclasses.field(default_factory=dict)

    @property
    def keys(self) -> list[Labels]:
        """The label values of each series."""
        return list(itertools.product(*self.labels.values()))


#: ``live`` is the rating of new periods; the others are modes of tasks.
KINDS = ("live", "reprocess", "preview")
RESULTS = ("rated", "empty", "kept")
PHASES = ("collect", "rate", "store")

PERIODS = Counter(
    "cloudkitty_periods",
    "Periods of scopes that were processed, by result: rated; empty (the "
    "collector has no points); kept (stored points of a metric were kept, "
    "because the collector no longer has any).",
    {"kind": KINDS, "result": RESULTS},
)
RETRIES = Counter(
    "cloudkitty_retries",
    "Retries that were scheduled after a failed attempt at a scope (live) or "
    "a task.",
    {"kind": KINDS},
)
LOST_CLAIMS = Counter(
    "cloudkitty_lost_claims",
    "Scopes or tasks that another processor, a reset or an operator took "
    "over during the work.",
    {"kind": KINDS},
)
COLLECTOR_ERRORS = Counter(
    "cloudkitty_collector_errors",
    "Collections of a chunk of periods that failed, at least in part.",
)
STORAGE_ERRORS = Counter(
    "cloudkitty_storage_errors",
    "Reads and writes of rated points that failed because of the storage or "
    "the database.",
)
COUNTERS = (PERIODS, RETRIES, LOST_CLAIMS, COLLECTOR_ERRORS, STORAGE_ERRORS)

PHASE_SECONDS = "cloudkitty_phase_seconds"
PHASE_SECONDS_HELP = (
    "Duration in seconds of each request to the collector (collect), and of "
    "the rating (rate) and storing (store) of each chunk of periods."
)
#: Upper limits of the buckets of the histogram, in seconds.
BUCKETS = (0.05, 0.25, 1.0, 5.0, 15.0, 60.0, 300.0, float("inf"))

_SERIES = [
    (counter.name, *key) for counter in COUNTERS for key in counter.keys
]
#: Position in a row of each counter, by name and label values.
SLOTS = {series: slot for slot, series in enumerate(_SERIES)}
#: Position of the first bucket of each phase; the sum follows the buckets.
PHASE_SLOTS = {
    phase: len(SLOTS) + number * (len(BUCKETS) + 1)
    for number, phase in enumerate(PHASES)
}
_WIDTH = len(SLOTS) + len(PHASES) * (len(BUCKETS) + 1)
_BYTES = 8


class Table:
    """Rows of numbers in memory that forked processes share.

    :param rows: number of workers.
    """

    def __init__(self, rows: int) -> None:
        # Anonymous and shared: it ends with the last process.
        memory = mmap.mmap(-1, max(1, rows) * _WIDTH * _BYTES)
        self._numbers = memoryview(memory).cast("d")
        self._rows = rows

    def row(self, number: int) -> "memoryview[float]":
        """Return the row of one worker, to be written."""
        return self._numbers[number * _WIDTH : (number + 1) * _WIDTH]

    def sums(self) -> collections.abc.Sequence[float]:
        """Return the sums of all rows."""
        return [
            sum(self._numbers[slot : self._rows * _WIDTH : _WIDTH].tolist())
            for slot in range(_WIDTH)
        ]
