# SPDX-License-Identifier: Apache-2.0
"""Call a v2 storage of CloudKitty 25.

Its interface has no replacement: points are deleted, then pushed. A reader
may see the gap in between. After a crash the caller repeats the window. Points
that would be kept could not be repeated, so such a call is refused.
"""

import collections.abc
import dataclasses
import datetime
import decimal
import functools
import typing

from oslo_config import cfg
from sqlalchemy import orm

from cloudkitty import dataframe
from cloudkitty.common import exceptions
from cloudkitty.common import money
from cloudkitty.common import periods
from cloudkitty.common import point_form
from cloudkitty.common import scopes
from cloudkitty.compat import convert
from cloudkitty.compat import process
from cloudkitty.compat import storage
from cloudkitty.db import facade
from cloudkitty.storage import base
from cloudkitty.storage import checks

T = typing.TypeVar("T")

#: Drivers need bounds, and some cannot represent all years.
_FIRST = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_LAST = datetime.datetime(2200, 1, 1, tzinfo=datetime.UTC)


#: Periods of one request without paging.
_MOST_PERIODS = 168


@dataclasses.dataclass(slots=True)
class _Sum:
    """Exact sums of points."""

    points: int = 0
    qty: decimal.Decimal = decimal.Decimal(0)
    rate: decimal.Decimal = decimal.Decimal(0)

    def add(self, point: dataframe.DataPoint) -> None:
        self.points += 1
        self.qty = money.EXACT.add(self.qty, point.qty)
        self.rate = money.EXACT.add(self.rate, point.price)


class StorageAdapter(base.Storage):
    """Calls a v2 storage of upstream.

    :raises cloudkitty.common.exceptions.InvalidConfiguration: if the plugin
        cannot be constructed.
    """

    plugin_class: typing.ClassVar[type[storage.BaseStorage]]

    def __init__(
        self, conf: cfg.ConfigOpts, database: facade.Database
    ) -> None:
        super().__init__(conf, database)
        process.use(conf)
        self._scope_key: str = conf.collect.scope_key
        self._period: int = conf.collect.period
        try:
            self._plugin = self.plugin_class(period=self._period)
        # A plugin may raise anything.
        except Exception as error:
            raise exceptions.InvalidConfiguration(
                f"[storage] backend = {conf.storage.backend}: "
                f"{type(error).__name__}: {error}"
            ) from error

    def init(self) -> None:
        self._call("init", self._plugin.init)

    def close(self) -> None:
        process.release()

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
        """Delete the points of the window, then push the frames.

        :raises cloudkitty.storage.base.StorageError: also if stored points of
            other metrics than ``metrics`` would be deleted; nothing has
            changed then.
        """
        checks.require_scope(scope)
        if transaction is not None:
            raise ValueError("the points are stored in another database")
        frames = list(frames)
        checks.check_frames(frames, window, metrics)
        check_claim = fence or _no_fence
        check_claim()
        self._delete(scope, window, metrics)
        check_claim()
        self._push(scope, frames)

    def add(self, frames: base.NewFrames) -> None:
        for scope in frames:
            checks.require_scope(scope)
        for several in frames.values():
            outgoing = [convert.outgoing(frame) for frame in several]
            self._call("push", functools.partial(self._plugin.push, outgoing))

    def delete(
        self,
        scope: scopes.Scope,
        window: periods.Window,
        *,
        metrics: collections.abc.Collection[str] | None = None,
    ) -> None:
        checks.require_scope(scope)
        self._delete(scope, window, metrics)

    def retrieve(self, query: base.Query) -> base.Frames:
        if not all(query.filters.values()):
            return base.Frames(total=0, frames=[])
        found = self._retrieve(
            query,
            offset=query.offset,
            limit=query.limit or 1000,
            paginate=query.limit is not None,
        )
        frames: dict[periods.Window, dataframe.DataFrame] = {}
        for frame in found["dataframes"]:
            period = periods.Window(_utc(frame.start), _utc(frame.end))
            made = frames.setdefault(
                period, dataframe.DataFrame(period.begin, period.end)
            )
            for metric, points in frame.itertypes():
                made.add_points(
                    [self._point(metric, one) for one in points], metric
                )
        return base.Frames(
            total=found["total"],
            frames=[frames[one] for one in sorted(frames)],
        )

    def total(
        self,
        query: base.Query,
        groupby: collections.abc.Sequence[str] = (),
        *,
        transaction: orm.Session | None = None,
    ) -> base.Totals:
        """Return sums.

        ``points`` is 1, because upstream counts none, unless the rows are all
        metrics.
        """
        if transaction is not None:
            raise ValueError("the points are stored in another database")
        if not all(query.filters.values()):
            return base.Totals(total=0, rows=[])
        if query.limit is None and list(groupby) == ["type"]:
            return self._totals_by_metric(query)
        found = self._call(
            "total",
            lambda: self._plugin.total(
                groupby=list(groupby) or None,
                begin=max(query.window.begin, _FIRST),
                end=min(query.window.end, _LAST),
                metric_types=list(query.metrics) or None,
                filters=_filters(query),
                offset=query.offset,
                limit=query.limit or 1000,
                paginate=query.limit is not None,
            ),
        )
        rows = [
            self._row(one, groupby)
            for one in found["results"]
            # Some drivers return empty periods.
            if one.get("qty") is not None or one.get("rate") is not None
        ]
        empty = len(found["results"]) - len(rows)
        return base.Totals(total=found["total"] - empty, rows=rows)

    def count(self, query: base.Query) -> list[base.Count]:
        """Return the numbers of points, counted in the retrieved frames."""
        counted: dict[tuple[periods.Window, str], _Sum] = {}
        for window in _parts(query.window, self._period):
            found = self._retrieve(
                dataclasses.replace(query, window=window),
                offset=0,
                limit=1000,
                paginate=False,
            )
            for frame in found["dataframes"]:
                period = periods.Window(_utc(frame.start), _utc(frame.end))
                # Drivers differ in the end of a window.
                if not window.begin <= period.begin < window.end:
                    continue
                for metric, points in frame.itertypes():
                    sums = counted.setdefault((period, metric), _Sum())
                    for one in points:
                        sums.add(self._point(metric, one))
        return [
            base.Count(
                period.begin,
                period.end,
                1,
                metric,
                sums.points,
                sums.qty,
                sums.rate,
            )
            for (period, metric), sums in counted.items()
        ]

    def _totals_by_metric(self, query: base.Query) -> base.Totals:
        """Return exact sums with the numbers of points, as tasks show them."""
        found: dict[str, _Sum] = {}
        for count in self.count(query):
            sums = found.setdefault(count.metric, _Sum())
            sums.points += count.points
            sums.qty = money.total([sums.qty, count.qty])
            sums.rate = money.total([sums.rate, count.rate])
        return base.Totals(
            total=len(found),
            rows=[
                base.TotalRow(
                    begin=query.window.begin,
                    end=query.window.end,
                    qty=checks.checked_sum(sums.qty),
                    rate=checks.checked_sum(sums.rate),
                    points=sums.points,
                    groups={"type": metric},
                )
                for metric, sums in sorted(found.items())
            ],
        )

    def _delete(
        self,
        scope: scopes.Scope,
        window: periods.Window,
        metrics: collections.abc.Collection[str] | None,
    ) -> None:
        filters = {self._scope_key: scope.identifier}
        stored = {
            one.metric
            for one in self.count(
                base.Query(
                    window=window,
                    filters={self._scope_key: [scope.identifier]},
                )
            )
        }
        kept = stored if metrics is not None else set()
        kept = kept - set(metrics or ())
        if kept and kept != stored:
            raise base.StorageError(
                f"the storage {self.conf.storage.backend} cannot replace "
                f"single metrics: {', '.join(sorted(kept))} would be deleted "
                "too"
            )
        if stored and not kept:
            self._call(
                "delete",
                lambda: self._plugin.delete(
                    begin=_naive(window.begin),
                    end=_naive(window.end),
                    filters=filters,
                ),
            )

    def _push(
        self,
        scope: scopes.Scope,
        frames: collections.abc.Iterable[dataframe.DataFrame],
    ) -> None:
        for frame in frames:
            if len(frame):
                one = [convert.outgoing(frame)]
                self._call(
                    "push",
                    functools.partial(
                        self._plugin.push, one, scope.identifier
                    ),
                )

    def _retrieve(
        self, query: base.Query, **paging: typing.Any
    ) -> dict[str, typing.Any]:
        return self._call(
            "retrieve",
            lambda: self._plugin.retrieve(
                begin=max(query.window.begin, _FIRST),
                end=min(query.window.end, _LAST),
                filters=_filters(query),
                metric_types=list(query.metrics) or None,
                **paging,
            ),
        )

    def _point(self, metric: str, value: object) -> dataframe.DataPoint:
        try:
            return convert.point(metric, value)
        except convert.Unusable as error:
            raise base.StorageError(str(error)) from error

    def _row(
        self,
        row: collections.abc.Mapping[str, typing.Any],
        groupby: collections.abc.Sequence[str],
    ) -> base.TotalRow:
        columns = storage.BaseStorage.parse_groupby_syntax_to_groupby_elements(
            [one for one in groupby if one != "time"]
        )
        return base.TotalRow(
            begin=_utc(row["begin"]),
            end=_utc(row["end"]),
            qty=point_form.number(row["qty"] or 0),
            rate=point_form.number(row["rate"] or 0),
            points=1,
            groups={name: str(row.get(name) or "") for name in columns},
        )

    def _call(self, name: str, work: collections.abc.Callable[[], T]) -> T:
        try:
            return work()
        except (exceptions.CloudKittyError, NotImplementedError) as error:
            raise base.StorageError(f"{name}: {error}") from error
        # A plugin may raise anything. The text of a foreign error may contain
        # a password, so it is only in the log.
        except Exception as error:
            raise base.StorageError(
                f"storage {self.conf.storage.backend}: {name}: "
                f"{type(error).__name__}"
            ) from error


def _filters(query: base.Query) -> dict[str, typing.Any] | None:
    """Return one value as text, several as a list, as upstream passes them."""
    return {
        key: values[0] if len(values) == 1 else list(values)
        for key, values in query.filters.items()
    } or None


def _parts(
    window: periods.Window, seconds: int
) -> collections.abc.Iterator[periods.Window]:
    step = datetime.timedelta(seconds=seconds * _MOST_PERIODS)
    begin, end = max(window.begin, _FIRST), min(window.end, _LAST)
    while begin < end:
        yield periods.Window(begin, min(begin + step, end))
        begin += step


def _naive(at: datetime.datetime) -> datetime.datetime:
    return at.astimezone(datetime.UTC).replace(tzinfo=None)


def _utc(at: datetime.datetime) -> datetime.datetime:
    """Return an aware time in UTC; a naive one is UTC."""
    if at.tzinfo is None:
        return at.replace(tzinfo=datetime.UTC)
    return at.astimezone(datetime.UTC)


@functools.cache
def make(plugin: type[storage.BaseStorage]) -> type[StorageAdapter]:
    """Return the storage of this service that calls ``plugin``."""
    return type(
        f"{plugin.__name__}Adapter",
        (StorageAdapter,),
        {"plugin_class": plugin},
    )


def _no_fence() -> None:
    """Do nothing."""
