# SPDX-License-Identifier: Apache-2.0
"""Convert points to rows and write the rows into the tables."""

import collections.abc
import datetime
import decimal
import functools
import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty import dataframe
from cloudkitty.common import money
from cloudkitty.common import periods
from cloudkitty.common import scopes
from cloudkitty.storage import base
from cloudkitty.storage import checks as storage_checks
from cloudkitty.storage.v2.sqlalchemy import bulk
from cloudkitty.storage.v2.sqlalchemy import conditions
from cloudkitty.storage.v2.sqlalchemy import expressions
from cloudkitty.storage.v2.sqlalchemy import identity
from cloudkitty.storage.v2.sqlalchemy import rollups
from cloudkitty.storage.v2.sqlalchemy import series as ck_series
from cloudkitty.storage.v2.sqlalchemy import series_ids

_POINTS = expressions.POINTS
#: Numbers whose text is shorter than this fit the columns.
_SHORT = min(money.PLACES, money.DIGITS - money.PLACES)

Metrics = collections.abc.Collection[str] | None
Frames = collections.abc.Iterable[dataframe.DataFrame]
#: A row of ``bulk`` without its scope, and with the index of its series
#: instead of a row id.
_Row = tuple[str, str, int, int, str, str]


class Batch:
    """The points of some frames as rows, validated before any is written.

    Points share their mappings. The mappings are compared by identity first;
    the digest of their contents decides.

    :param frames: frames of one scope; they must not change while the batch
        is created.
    :raises cloudkitty.storage.base.Unstorable: if a point cannot be stored.
    """

    def __init__(self, frames: Frames) -> None:
        #: Series by their digests; rows refer to them by their index.
        self.series: dict[str, identity.Series] = {}
        self._places: dict[str, int] = {}
        self._known: dict[tuple[typing.Any, ...], int] = {}
        # Keeps the mappings alive: the id of a freed one may be reused.
        self._alive: list[identity.Mapping] = []
        self._rows: list[_Row] = []
        for frame in frames:
            self._add(frame)

    def rows(
        self, scope: int, ids: collections.abc.Mapping[str, int]
    ) -> list[bulk.Row]:
        """Return the rows of all points in the order of the frames.

        :param scope: the row of the scope.
        :param ids: row ids of the series by their digests.
        """
        by_place = [ids[digest] for digest in self.series]
        return [
            (scope, begin, end, seq, by_place[place], qty, price)
            for begin, end, seq, place, qty, price in self._rows
        ]

    def _add(self, frame: dataframe.DataFrame) -> None:
        begin, end = _instant(frame.start), _instant(frame.end)
        known, rows = self._known, self._rows
        seq = 0
        for metric, points in frame.itertypes():
            for point in points:
                unit, qty, price, groupby, metadata, description = point
                key = (metric, unit, id(groupby), id(metadata), description)
                place = known.get(key)
                if place is None:
                    place = known[key] = self._place(metric, point)
                rows.append(
                    (
                        begin,
                        end,
                        seq,
                        place,
                        _number(qty, metric),
                        _number(price, metric),
                    )
                )
                seq += 1

    def _place(self, metric: str, point: dataframe.DataPoint) -> int:
        unit, _, _, groupby, metadata, description = point
        self._alive += (groupby, metadata)
        digest, series = identity.identify(
            metric, unit, groupby, metadata, description
        )
        self.series[digest] = series
        return self._places.setdefault(digest, len(self._places))


class New(typing.NamedTuple):
    """The checked arguments of ``replace``."""

    scope: scopes.Scope
    window: periods.Window
    batch: Batch
    metrics: Metrics

    @classmethod
    def of(cls, piece: base.Replacement) -> typing.Self:
        """Check a piece; its frames have passed ``checks.check_frames``.

        :raises cloudkitty.storage.base.Unstorable: if the scope or a point
            cannot be stored.
        """
        with storage_checks.errors_of(piece.scope):
            check_scope(piece.scope)
            return cls(
                piece.scope, piece.window, Batch(piece.frames), piece.metrics
            )


def check_scope(scope: scopes.Scope) -> None:
    """Check that the tables can store points of the scope.

    :raises cloudkitty.storage.base.Unstorable: if they cannot.
    """
    columns = expressions.SCOPES.c
    identity.check_name(scope.identifier, columns.scope_id, "scope_id")
    identity.check_name(scope.scope_key, columns.scope_key, "scope_key")


def replace(session: orm.Session, new: New) -> None:
    """Replace the scope's points in the window by those of the batch."""
    series = new.batch.series
    held = ck_series.hold(
        session, new.scope, new.metrics or (), make=bool(series)
    )
    if held is None:
        return
    delete_points(session, held, new.window, new.metrics)
    if series:
        ids = series_ids.identify(session, {held.row: series})
        bulk.insert(session, new.batch.rows(held.row, ids[held.row]))
    _refresh(session, held, new.window)


def delete(
    session: orm.Session,
    scope: scopes.Scope,
    window: periods.Window,
    metrics: Metrics,
) -> None:
    """Delete the scope's points of periods that begin in the window."""
    held = ck_series.hold(session, scope, metrics or (), make=False)
    if held is not None:
        delete_points(session, held, window, metrics)
        _refresh(session, held, window)


def _refresh(
    session: orm.Session, held: ck_series.Held, window: periods.Window
) -> None:
    change = rollups.Change(window, held.rolled_before)
    rollups.refresh(session, {held.row: change})


def delete_points(
    session: orm.Session,
    held: ck_series.Held,
    window: periods.Window,
    metrics: Metrics,
) -> None:
    """Delete the points of a scope.

    :param held: the locked scope, found for the same metrics.
    """
    # Comparing the metric of each point takes a tenth of a reprocess.
    session.connection().execute(
        _deletion(some_metrics=metrics is not None and held.others),
        conditions.of_scope_parameters(held.row, window, metrics),
    )


@functools.cache
def _deletion(*, some_metrics: bool) -> sa.Delete:
    """Return the statement, cached: building takes as long as executing."""
    return sa.delete(_POINTS).where(
        *conditions.of_scope(some_metrics=some_metrics)
    )


# Cached: the end of a period is the beginning of the next one, and other
# scopes have the same periods.
@functools.lru_cache(maxsize=4096)
def _instant(at: datetime.datetime) -> str:
    """Return a time as text in the form that ``bulk`` requires."""
    if at.tzinfo is None:
        raise ValueError(f"{at} is not an aware time")
    naive = at.astimezone(datetime.UTC).replace(tzinfo=None)
    return naive.isoformat(" ")


def _number(value: decimal.Decimal, metric: str) -> str:
    text = str(value)
    # Most numbers are short and plain and need no further check.
    if len(text) < _SHORT and "E" not in text and value.is_finite():
        return text
    return format(storage_checks.check_number(value, metric), "f")
