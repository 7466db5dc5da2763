# SPDX-License-Identifier: Apache-2.0
"""A storage in memory."""

import collections
import collections.abc
import dataclasses
import datetime
import decimal
import itertools
import threading
import typing

from oslo_config import cfg
from sqlalchemy import orm

from cloudkitty import dataframe
from cloudkitty.common import periods
from cloudkitty.common import scopes
from cloudkitty.db import facade
from cloudkitty.storage import attributes
from cloudkitty.storage import base
from cloudkitty.storage import checks as storage_checks
from cloudkitty.storage import grouping
from cloudkitty.storage import stored


@dataclasses.dataclass(frozen=True, slots=True)
class Record:
    """One stored point."""

    scope_id: str
    scope_key: str
    begin: datetime.datetime
    end: datetime.datetime
    metric: str
    point: dataframe.DataPoint


class FakeStorage(base.Storage):
    """Implements the contract in memory, raises the errors of ``fail``.

    It never joins the service's database.

    :ivar calls: (method, scope id, window) of each ``replace`` and
        ``delete`` so far.
    """

    def __init__(
        self, conf: cfg.ConfigOpts, database: facade.Database | None = None
    ) -> None:
        super().__init__(conf, typing.cast(facade.Database, database))
        self._scope_key: str = conf.collect.scope_key
        # Replaced as a whole, never changed: readers see a consistent state.
        self._records: tuple[Record, ...] = ()
        self._lock = threading.Lock()
        self._failures: collections.deque[BaseException | None] = (
            collections.deque()
        )
        self.calls: list[tuple[str, str, periods.Window]] = []

    @property
    def records(self) -> tuple[Record, ...]:
        """All that is stored, in the order of ``retrieve``."""
        return tuple(sorted(self._records, key=_order))

    def fail(self, *causes: BaseException | str | None) -> None:
        """Script the next writes: an error (text: StorageError) or None."""
        self._failures.extend(
            base.StorageError(cause) if isinstance(cause, str) else cause
            for cause in causes
        )

    def init(self) -> None:
        pass

    def replace(
        self,
        scope: scopes.Scope,
        window: periods.Window,
        frames: collections.abc.Iterable[dataframe.DataFrame],
        *,
        metrics: collections.abc.Collection[str] | None = None,
        transaction: orm.Session | None = None,
        fence: base.Fence | None = None,
    ) -> None:
        storage_checks.require_scope(scope)
        storage_checks.require_no_transaction(transaction)
        frames = list(frames)
        storage_checks.check_frames(frames, window, metrics)
        self._put("replace", scope, window, metrics, _records(scope, frames))

    def add(self, frames: base.NewFrames) -> None:
        records: list[Record] = []
        for scope, of_scope in frames.items():
            storage_checks.require_scope(scope)
            records += _records(scope, of_scope)
        with self._lock:
            self._fail_if_told()
            self._records = (*self._records, *records)

    def delete(
        self,
        scope: scopes.Scope,
        window: periods.Window,
        *,
        metrics: collections.abc.Collection[str] | None = None,
    ) -> None:
        storage_checks.require_scope(scope)
        storage_checks.check_name(scope.identifier, 256, "scope_id")
        self._put("delete", scope, window, metrics, ())

    def _put(
        self,
        method: str,
        scope: scopes.Scope,
        window: periods.Window,
        metrics: collections.abc.Collection[str] | None,
        records: tuple[Record, ...],
    ) -> None:
        with self._lock:
            self.calls.append((method, scope.identifier, window))
            self._fail_if_told()
            self._records = (
                *(
                    record
                    for record in self._records
                    if (record.scope_id, record.scope_key)
                    != (scope.identifier, scope.scope_key)
                    or not window.begin <= record.begin < window.end
                    or (metrics is not None and record.metric not in metrics)
                ),
                *records,
            )

    def _fail_if_told(self) -> None:
        failure = self._failures.popleft() if self._failures else None
        if failure is not None:
            raise failure

    def retrieve(self, query: base.Query) -> base.Frames:
        found = [r for r in self.records if self._matches(r, query)]
        frames = []
        for (start, end), group in itertools.groupby(
            _page(found, query), key=lambda record: (record.begin, record.end)
        ):
            frame = dataframe.DataFrame(start, end)
            for record in group:
                frame.add_point(record.point, record.metric)
            frames.append(frame)
        return base.Frames(total=len(found), frames=frames)

    def total(
        self,
        query: base.Query,
        groupby: collections.abc.Sequence[str] = (),
        *,
        transaction: orm.Session | None = None,
    ) -> base.Totals:
        storage_checks.require_no_transaction(transaction)
        groups = grouping.parse(groupby)
        sums: dict[tuple[typing.Any, ...], list[decimal.Decimal]] = {}
        counts: collections.Counter[tuple[typing.Any, ...]] = (
            collections.Counter()
        )
        with decimal.localcontext(prec=200):
            for record in self._records:
                if not self._matches(record, query):
                    continue
                key = self._key(record, groups, query.window)
                row = sums.setdefault(key, [decimal.Decimal(0)] * 2)
                counts[key] += 1
                row[0] += record.point.qty
                row[1] += record.point.price
        rows = [
            base.TotalRow(
                begin=key[0],
                end=key[1],
                qty=storage_checks.checked_sum(qty),
                rate=storage_checks.checked_sum(rate),
                points=counts[key],
                groups=dict(zip(groups.columns, key[2:], strict=True)),
            )
            for key, (qty, rate) in sorted(sums.items())
        ]
        return base.Totals(total=len(rows), rows=_page(rows, query))

    def _key(
        self,
        record: Record,
        groups: grouping.Grouping,
        window: periods.Window,
    ) -> tuple[typing.Any, ...]:
        times = record if groups.by_time else window
        return (
            times.begin,
            times.end,
            *(
                record.metric
                if name == grouping.METRIC
                else self._attribute(record, name)
                for name in groups.columns
            ),
        )

    def _attribute(self, record: Record, name: str) -> str:
        if name == self._scope_key == record.scope_key:
            return record.scope_id
        return attributes.find(
            attributes.clean(name),
            record.point.groupby,
            record.point.metadata,
        )

    def _matches(self, record: Record, query: base.Query) -> bool:
        if not query.window.begin <= record.begin < query.window.end:
            return False
        if query.metrics and record.metric not in query.metrics:
            return False
        for name, values in query.filters.items():
            if name == self._scope_key:
                if record.scope_key != name or record.scope_id not in values:
                    return False
            elif self._attribute(record, name) not in map(
                attributes.clean, values
            ):
                return False
        return True


def _records(
    scope: scopes.Scope,
    frames: collections.abc.Iterable[dataframe.DataFrame],
) -> tuple[Record, ...]:
    storage_checks.check_name(scope.identifier, 256, "scope_id")
    storage_checks.check_name(scope.scope_key, 40, "scope_key")
    return tuple(
        Record(
            scope.identifier,
            scope.scope_key,
            frame.start,
            frame.end,
            storage_checks.check_name(metric, 255, "metric"),
            stored.as_stored(point),
        )
        for frame in frames
        for metric, point in frame.iterpoints()
    )


def _order(record: Record) -> tuple[typing.Any, ...]:
    return (record.begin, record.end, record.metric, record.scope_id)


def _page(rows: list[typing.Any], query: base.Query) -> list[typing.Any]:
    end = None if query.limit is None else query.offset + query.limit
    return rows[query.offset : end]
