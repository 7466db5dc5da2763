# SPDX-License-Identifier: Apache-2.0
"""The contract of storages.

Stevedore groups ``cloudkitty.storage.v1.backends`` and
``cloudkitty.storage.v2.backends``: see ``loader``.

``cloudkitty.tests.contract.storage`` is this contract as tests; every driver
passes it against its real server.
"""

import abc
import collections.abc
import dataclasses
import datetime
import decimal
import typing

from oslo_config import cfg

from cloudkitty import dataframe
from cloudkitty.common import exceptions
from cloudkitty.common import periods
from cloudkitty.common import scopes
from cloudkitty.storage import custom_fields

if typing.TYPE_CHECKING:
    from sqlalchemy import orm

    from cloudkitty.db import facade

#: Frames of each of several scopes.
NewFrames = collections.abc.Mapping[
    scopes.Scope, collections.abc.Sequence[dataframe.DataFrame]
]

#: Raises an error if the caller may no longer write.
Fence = collections.abc.Callable[[], None]


class StorageError(exceptions.CloudKittyError):
    """The storage is unavailable or refused the points.

    :ivar scope: the scope that ``replace_many`` checked or wrote; None if
        the error is not of one scope.
    """

    scope: scopes.Scope | None = None


class Unstorable(StorageError):
    """The format of the storage cannot hold a point; a retry cannot help.

    The text says which part of the point, and is for the caller.
    """


class Unsupported(StorageError):
    """The storage does not have what the query asks for."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Selection of rated points.

    :param window: periods that *begin* inside it.
    :param filters: attribute to allowed values, a point must match all
        attributes; looked up in the grouping attributes, then in the
        metadata, ``""`` where it lacks them; no values match nothing. The
        key ``[collect] scope_key`` is the scope identifier.
    :param metrics: only these metrics; empty means all.
    :param offset: rows (``total``) or points (``retrieve``) to skip.
    :param limit: the most to return; None means no limit.
    :param counted: whether ``Frames.total`` must be the number of all points.
        Otherwise it is at least the number of points up to the end of the
        page, and more only if points follow the page.
    """

    window: periods.Window
    filters: collections.abc.Mapping[str, collections.abc.Sequence[str]] = (
        dataclasses.field(default_factory=dict)
    )
    metrics: collections.abc.Sequence[str] = ()
    offset: int = 0
    limit: int | None = None
    counted: bool = True


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TotalRow:
    """One row of a summary.

    :param begin: beginning of the queried window, or of the row's period
        when grouped by ``time``.
    :param end: the same for the end.
    :param qty: sum of the quantities, exact.
    :param rate: sum of the prices, exact.
    :param points: number of summed points, at least 1.
    :param groups: groupby item to its value; ``""`` where points lack it.
        ``time`` is not included: ``begin`` and ``end`` give the period.
    """

    begin: datetime.datetime
    end: datetime.datetime
    qty: decimal.Decimal
    rate: decimal.Decimal
    points: int
    groups: collections.abc.Mapping[str, str]

    @property
    def values(self) -> dict[str, decimal.Decimal]:
        """The columns of a summary."""
        return {"qty": self.qty, "rate": self.rate}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """A page of rows and the number of all rows."""

    total: int
    rows: collections.abc.Sequence[TotalRow]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CustomRow:
    """One row of a summary with columns that the caller chose.

    :param values: name of a column to its number or text; None if no point
        of the row has the field.

    The others are those of ``TotalRow``.
    """

    begin: datetime.datetime
    end: datetime.datetime
    values: collections.abc.Mapping[str, decimal.Decimal | str | int | None]
    groups: collections.abc.Mapping[str, str]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CustomTotals:
    """A page of rows and the number of all rows."""

    total: int
    rows: collections.abc.Sequence[CustomRow]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Frames:
    """A page of points, one frame for each period, and the number of all.

    :param total: points that match, before paging; see ``Query.counted``.
    :param frames: oldest first; points of all scopes that match.
    """

    total: int
    frames: collections.abc.Sequence[dataframe.DataFrame]


#: A window that holds every period.
EVER = periods.Window(
    datetime.datetime(1, 1, 1, tzinfo=datetime.UTC),
    datetime.datetime(9999, 12, 31, tzinfo=datetime.UTC),
)


class Replacement(typing.NamedTuple):
    """One piece of ``replace_many``, with the arguments of ``replace``."""

    scope: scopes.Scope
    window: periods.Window
    frames: collections.abc.Iterable[dataframe.DataFrame]
    metrics: collections.abc.Collection[str] | None = None


class Count(typing.NamedTuple):
    """The number of points that a metric has in each of some periods.

    The periods are consecutive, have the same length and begin on the same
    day in UTC.

    :param begin: of the first period.
    :param end: of the last one.
    :param periods: their number.
    :param points: in each of them.
    :param qty: sum of the quantities in all of them, exact.
    :param rate: sum of the prices in all of them, exact.
    """

    begin: datetime.datetime
    end: datetime.datetime
    periods: int
    metric: str
    points: int
    qty: decimal.Decimal
    rate: decimal.Decimal

    @classmethod
    def of_row(cls, row: TotalRow) -> typing.Self:
        """Return the count of a row grouped by ``time`` and ``type``."""
        return cls(
            row.begin,
            row.end,
            1,
            row.groups["type"],
            row.points,
            row.qty,
            row.rate,
        )


class Period(typing.NamedTuple):
    """A period and its number of points."""

    begin: datetime.datetime
    end: datetime.datetime
    points: int


class Storage(abc.ABC):
    """Stores and returns rated points.

    :param conf: the service's options.
    :param database: the service's own database.
    """

    def __init__(
        self, conf: cfg.ConfigOpts, database: "facade.Database"
    ) -> None:
        self.conf = conf
        self.database = database

    @abc.abstractmethod
    def init(self) -> None:
        """Create the schema of the storage; idempotent."""

    def check(self) -> None:
        """Refuse a storage that ``init`` has not prepared.

        :raises cloudkitty.common.exceptions.InvalidConfiguration: the text
            names the command that repairs it.
        :raises StorageError: if the storage is unavailable.
        """
        return None

    def check_init(self) -> None:
        """Refuse a storage that ``init`` cannot prepare; change nothing.

        A driver overrides it if ``check`` also refuses what ``init`` creates.

        :raises cloudkitty.common.exceptions.InvalidConfiguration: the text
            names the remedy.
        :raises StorageError: if the storage is unavailable.
        """
        self.check()

    def close(self) -> None:
        """Close the connections; later calls open new ones.

        Call it at the end of a process and before a fork.
        """
        return None

    def as_stored(self, point: dataframe.DataPoint) -> dataframe.DataPoint:
        """Return ``point`` as ``retrieve`` returns it after a ``replace``.

        A driver overrides it if its format keeps less than all storages of
        version 2 keep (``storage.stored``).

        :raises StorageError: if the point cannot be stored.
        """
        # Imported here, because it raises the errors of this module.
        from cloudkitty.storage import stored

        return stored.as_stored(point)

    @property
    def joins_database(self) -> bool:
        """Whether the points are stored in the service's own database.

        If so, ``replace`` uses the caller's transaction, so that data and
        task cursor change atomically.
        """
        return False

    @abc.abstractmethod
    def replace(
        self,
        scope: scopes.Scope,
        window: periods.Window,
        frames: collections.abc.Iterable[dataframe.DataFrame],
        *,
        metrics: collections.abc.Collection[str] | None = None,
        transaction: "orm.Session | None" = None,
        fence: Fence | None = None,
    ) -> None:
        """Make ``frames`` the complete set of points of the scope there.

        All stored points of periods that begin in ``window`` are deleted,
        whatever their length. Other scopes and periods stay unchanged. A
        reader sees either the old points or the new ones. Idempotent.

        :param scope: the only scope that changes.
        :param window: whole periods; every frame starts inside it.
        :param frames: at most one for each period; a period without a frame
            becomes empty.
        :param metrics: replace only these metrics, keep the others.
        :param transaction: a writing transaction of the service's database;
            only if ``joins_database``. Errors that a retry of that
            transaction may resolve are raised unchanged, so that
            ``facade.Database.write`` can retry. The caller excludes a second
            writer of the scope, for example by locking its cursor's row.
        :param fence: only if not ``joins_database``. A driver that writes in
            several requests calls it directly before each of them, so that a
            processor that lost its claim in the middle stops there.
        :raises StorageError: nothing has changed, or a retry repairs it.
        :raises ValueError: for a frame outside the window, a second one of
            a period, or one with other metrics than ``metrics``.
        :raises TypeError: without a scope.
        """

    def replace_many(
        self,
        replacements: collections.abc.Iterable[Replacement],
        *,
        transaction: "orm.Session | None" = None,
        fence: collections.abc.Callable[[scopes.Scope], Fence] | None = None,
    ) -> None:
        """Replace the points of many scopes: ``replace`` for each piece.

        A driver overrides it if it can write several scopes at once. A
        driver that ``joins_database`` changes all pieces or none.

        :param replacements: a scope may have several, with disjoint windows.
        :param transaction: as for ``replace``.
        :param fence: returns the fence of a scope.
        :raises StorageError: as ``replace``; its ``scope`` is set if the
            error is of one scope. A driver that ``joins_database`` checks
            all points before it writes any; others may have replaced the
            pieces before that scope.
        :raises ValueError: as ``replace``, and for windows of one scope that
            overlap.
        :raises TypeError: without a scope.
        """
        # Imported here, because it raises the errors of this module.
        from cloudkitty.storage import checks

        for piece in checks.check_replacements(replacements):
            with checks.errors_of(piece.scope):
                self.replace(
                    piece.scope,
                    piece.window,
                    piece.frames,
                    metrics=piece.metrics,
                    transaction=transaction,
                    fence=None if fence is None else fence(piece.scope),
                )

    @abc.abstractmethod
    def add(self, frames: NewFrames) -> None:
        """Add points to the stored ones; replace none.

        For points that a client uploads. All points are added or none. A
        second call adds them again. A later ``replace`` of their periods
        deletes them like all others.

        :param frames: frames of each scope; a period may have several.
        :raises StorageError: nothing was added.
        :raises TypeError: without a scope.
        """

    @abc.abstractmethod
    def delete(
        self,
        scope: scopes.Scope,
        window: periods.Window,
        *,
        metrics: collections.abc.Collection[str] | None = None,
    ) -> None:
        """Delete the scope's points of periods that begin in the window.

        :raises TypeError: without a scope: no call deletes for all scopes.
        :raises StorageError: if the points could not be deleted.
        """

    @abc.abstractmethod
    def retrieve(self, query: Query) -> Frames:
        """Return rated points, in a stable order (period, metric, ...).

        :raises StorageError: if the storage is unavailable.
        """

    @abc.abstractmethod
    def total(
        self,
        query: Query,
        groupby: collections.abc.Sequence[str] = (),
        *,
        transaction: "orm.Session | None" = None,
    ) -> Totals:
        """Return sums of quantity and price, grouped, in a stable order.

        :param groupby: ``type`` (metric), ``time`` (period), ``time-d``,
            ``time-w``, ``time-m``, ``time-y`` (the attributes
            ``day_of_the_year``, ``week_of_the_year``, ``month``, ``year``,
            which are also the names of the value in the row) or any
            attribute.
        :param transaction: read in this transaction, which includes its own
            writes; only if ``joins_database``.
        :raises StorageError: if the storage is unavailable.
        """

    def custom_total(
        self,
        query: Query,
        groupby: collections.abc.Sequence[str],
        fields: collections.abc.Sequence[custom_fields.CustomField],
    ) -> CustomTotals:
        """Return ``total`` with other columns than quantity and price.

        Only drivers of storages for which upstream has ``custom_fields``
        override it.

        :param fields: at least one column.
        :raises Unsupported: if the storage has none.
        :raises StorageError: if the storage is unavailable.
        """
        raise Unsupported("custom_fields is not supported by this storage")

    def daily(
        self,
        query: Query,
        groupby: collections.abc.Sequence[str],
        *,
        transaction: "orm.Session | None" = None,
    ) -> list[TotalRow]:
        """Return sums of quantity and price by day in UTC, and by group.

        A period belongs to the day on which it begins. ``offset`` and
        ``limit`` are ignored. A driver overrides it if it can add up days.

        :param groupby: at least one item of ``total`` but ``time``.
        :param transaction: as for ``total``.
        :returns: in no particular order; ``begin`` and ``end`` are those of
            the day.
        :raises StorageError: if the storage is unavailable.
        """
        # Imported here, because it raises the errors of this module.
        from cloudkitty.storage import daily

        query = dataclasses.replace(query, offset=0, limit=None)
        found = self.total(query, ["time", *groupby], transaction=transaction)
        return daily.of_periods(found.rows)

    def count(self, query: Query) -> list[Count]:
        """Return the number of points in each period and of each metric.

        In no particular order; ``offset`` and ``limit`` are ignored. A driver
        overrides it if it can combine equal consecutive periods, which each
        have a row here.

        :raises StorageError: if the storage is unavailable.
        """
        return [
            Count.of_row(row)
            for row in self.total(query, ["time", "type"]).rows
        ]

    def periods(self, query: Query) -> list[Period]:
        """Return the periods with points that match, oldest first.

        ``offset`` and ``limit`` are ignored. A driver overrides it if it can
        count points without adding up.

        :raises StorageError: if the storage is unavailable.
        """
        query = dataclasses.replace(query, offset=0, limit=None)
        return [
            Period(row.begin, row.end, row.points)
            for row in self.total(query, ["time"]).rows
        ]

    def scope_ids(self) -> list[str]:
        """Return the identifiers of all scopes with rated points.

        Only scopes under ``[collect] scope_key``; each once, sorted. A
        driver overrides it if it can list them without adding up.

        :raises StorageError: if the storage is unavailable.
        """
        scope_key: str = self.conf.collect.scope_key
        found = self.total(Query(window=EVER), [scope_key])
        return sorted({row.groups[scope_key] for row in found.rows} - {""})

    def empty(self) -> bool:
        """Return whether no point is stored, of any scope.

        A driver overrides it if it can answer with one short request.

        :raises StorageError: if the storage is unavailable.
        """
        return not self.scope_ids()

    def not_shown(self) -> list[str]:
        """Return texts on stored points that no query returns.

        Also on points that CloudKitty 25 does not show with the same options.
        Each text says where they are, and what the operator can do.

        :raises StorageError: if the storage is unavailable.
        """
        return []
