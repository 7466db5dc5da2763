# SPDX-License-Identifier: Apache-2.0
"""Purge the points of all scopes, and print what was deleted and kept."""

import collections.abc
import datetime
import decimal
import sys

from oslo_log import log

from cloudkitty.cli import progress
from cloudkitty.common import log_fields
from cloudkitty.common import money
from cloudkitty.common import wording
from cloudkitty.storage.purging import points

LOG = log.getLogger(__name__)
#: Months that a line names.
_SHOWN = 12
_REASONS = {
    "of_tasks": "unfinished tasks write their periods: wait, or cancel them",
    "not_exported": "no export of their months: export them first",
    "different": "their sums are not those of the export: they changed since; "
    "export them to another directory",
}

Say = collections.abc.Callable[[str], None]


def run(work: points.PointsPurge, *, dry_run: bool, say: Say) -> bool:
    """Purge all scopes; return whether no old point was kept."""
    names = work.scope_ids()
    shown = progress.Progress(sys.stderr, "scopes")
    shown.start(len(names))
    if dry_run:
        counts = []
        for name in names:
            counts.append(work.count(name))
            shown.add(1)
        say(
            f"would look at {sum(counts)} points of "
            f"{sum(map(bool, counts))} scopes, and delete those that no "
            "unfinished task covers and that are exported if that is required"
        )
        return True
    results = []
    for name in names:
        purged = work.purge(name)
        if purged.deleted or purged.kept:
            results.append(purged)
        shown.add(1)
    _report_deleted(results, say)
    for reason, text in _REASONS.items():
        _report_kept(results, reason, text, say)
    return not any(purged.kept for purged in results)


def _report_deleted(results: list[points.Purged], say: Say) -> None:
    deleted = [purged for purged in results if purged.deleted]
    total = sum(purged.deleted for purged in deleted)
    price = money.total(purged.price for purged in deleted)
    begin = min((p.begin for p in deleted if p.begin), default=None)
    end = max((p.end for p in deleted if p.end), default=None)
    LOG.info(
        *log_fields.event(
            "points purged",
            scopes=len(deleted),
            begin=begin,
            end=end,
            points=total,
            price=money.text(price),
        ),
    )
    say(_deleted_text(len(deleted), total, price, begin, end))


def _deleted_text(
    scopes: int,
    total: int,
    price: decimal.Decimal,
    begin: datetime.datetime | None,
    end: datetime.datetime | None,
) -> str:
    text = f"deleted {total} points of {scopes} scopes"
    if begin is None or end is None:
        return text
    return (
        f"{text} from {begin:%Y-%m-%dT%H:%MZ} to {end:%Y-%m-%dT%H:%MZ}, "
        f"price {money.text(price)}"
    )


def _report_kept(
    results: list[points.Purged], reason: str, text: str, say: Say
) -> None:
    kept = [purged for purged in results if getattr(purged, reason)]
    if not kept:
        return
    total = sum(getattr(purged, reason) for purged in kept)
    found = sorted(set().union(*(purged.months for purged in kept)))
    names = wording.listed([f"{month:%Y-%m}" for month in found], _SHOWN)
    scopes = wording.listed([purged.scope_id for purged in kept], _SHOWN)
    say(
        f"kept {total} points of {len(kept)} scopes ({scopes}) in months "
        f"{names}: {text}"
    )
