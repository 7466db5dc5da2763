# SPDX-License-Identifier: Apache-2.0
"""Notes of the periods of a chunk that were not simply replaced."""

import collections.abc
import dataclasses
import datetime

from cloudkitty.db.tasks import records as task_records
from cloudkitty.orchestrator.engine import replace_or_keep

#: Kind and metric; the metric is None if the whole period is meant.
_Key = tuple[str, str | None]


@dataclasses.dataclass(slots=True)
class _Run:
    """Consecutive periods with the same note."""

    begin: datetime.datetime
    end: datetime.datetime
    stored: int = 0
    now: int = 0


def of_chunk(
    decided: collections.abc.Iterable[replace_or_keep.Decided],
    rule: replace_or_keep.Rule,
) -> list[task_records.TaskNote]:
    """Return a note for each run of periods, kind and metric.

    :param decided: consecutive periods, oldest first.
    """
    done: list[tuple[_Key, _Run]] = []
    last: dict[_Key, _Run] = {}
    for period in decided:
        frame = period.rated.frame
        for key, stored, now in _of_period(period, rule):
            run = last.get(key)
            if run is None or run.end != frame.start:
                run = last[key] = _Run(frame.start, frame.end)
                done.append((key, run))
            run.end = frame.end
            run.stored += stored
            run.now += now
    return [_note(key, run) for key, run in done]


def kept(
    decided: collections.abc.Iterable[replace_or_keep.Decided],
    rule: replace_or_keep.Rule,
) -> int:
    """Return the number of periods in which stored points were kept.

    A period without collected points counts even if none are stored.
    """
    return sum(
        bool(period.kept) or not (period.rated.collected or rule.write_empty)
        for period in decided
    )


def _of_period(
    period: replace_or_keep.Decided, rule: replace_or_keep.Rule
) -> collections.abc.Iterator[tuple[_Key, int, int]]:
    """Yield (kind and metric, points stored, points now)."""
    if not period.rated.collected:
        kind = "emptied" if rule.write_empty else "no_data"
        yield (kind, None), 0, 0
    usage = period.rated.frame.usage
    for metric in sorted(period.stored):
        stored, now = period.stored[metric], len(usage.get(metric, ()))
        if metric not in period.replaced:
            kind = "no_data" if metric in rule.defined else "undefined"
            yield (kind, metric), stored, stored
        elif not now and metric not in period.rated.metrics:
            yield ("emptied", metric), stored, now
        elif now * 2 < stored:
            yield ("fewer_points", metric), stored, now


def _note(key: _Key, run: _Run) -> task_records.TaskNote:
    kind, metric = key
    detail = None
    if kind == "fewer_points":
        detail = f"{run.stored} points were stored, now {run.now}"
    return task_records.TaskNote(
        begin=run.begin, end=run.end, kind=kind, metric=metric, detail=detail
    )
