# SPDX-License-Identifier: Apache-2.0
"""What there is to note of a chunk's periods."""

import collections.abc

from cloudkitty.db import rows
from cloudkitty.orchestrator import engine


def of_chunk(
    rated: collections.abc.Iterable[engine.RatedPeriod],
    *,
    write_empty: bool,
) -> list[rows.TaskNote]:
    """Return a note for each run of periods without any data.

    :param rated: consecutive periods, oldest first.
    :param write_empty: whether such a period was emptied, and not kept.
    """
    kind = "emptied" if write_empty else "no_data"
    notes: list[rows.TaskNote] = []
    for period in rated:
        if period.collected:
            continue
        window = period.frame.period
        begin = window.begin
        if notes and notes[-1].end == begin:
            begin = notes.pop().begin
        notes.append(rows.TaskNote(begin=begin, end=window.end, kind=kind))
    return notes
