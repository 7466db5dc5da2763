# SPDX-License-Identifier: Apache-2.0
"""Scopes with due periods, found for many scopes by one statement."""

import collections.abc
import dataclasses
import datetime
import random

from oslo_log import log

from cloudkitty.common import log_fields
from cloudkitty.common import periods
from cloudkitty.common import scopes
from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.db.scopes import records as scope_records
from cloudkitty.db.sql import exact_text
from cloudkitty.orchestrator import resources as ck_resources
from cloudkitty.orchestrator.engine import due_periods
from cloudkitty.tasks import rated as rated_data

LOG = log.getLogger(__name__)

#: The values that determine the due window: active, last period, its length.
_Position = tuple[bool, datetime.datetime, int | None]
#: Scopes and their rows; None for a scope without a row.
States = dict[scopes.Scope, scope_records.ScopeState | None]


@dataclasses.dataclass(slots=True)
class Due:
    """Scopes with due periods.

    :param cohorts: scopes that have the same due window, by the window.
    :param alone: ids of scopes that are rated one by one.
    """

    cohorts: dict[periods.Window, States]
    alone: list[str]

    def __bool__(self) -> bool:
        return bool(self.cohorts or self.alone)

    @property
    def ids(self) -> list[str]:
        """The ids of all scopes."""
        return self.alone + [
            scope.identifier
            for states in self.cohorts.values()
            for scope in states
        ]

    @property
    def unrecorded(self) -> list[str]:
        """The ids of the scopes that may have no row."""
        return self.alone + [
            scope.identifier
            for states in self.cohorts.values()
            for scope, state in states.items()
            if state is None
        ]

    @property
    def longest(self) -> datetime.timedelta:
        """The length of the longest window of the cohorts."""
        return max(
            (window.end - window.begin for window in self.cohorts),
            default=datetime.timedelta.max,
        )

    def only(self, scope_ids: collections.abc.Iterable[str]) -> "Due":
        """Return those of some scopes."""
        wanted = frozenset(scope_ids)
        cohorts = {
            window: {
                scope: state
                for scope, state in states.items()
                if scope.identifier in wanted
            }
            for window, states in self.cohorts.items()
        }
        return Due(
            {window: states for window, states in cohorts.items() if states},
            [scope_id for scope_id in self.alone if scope_id in wanted],
        )


class DueScopes:
    """Finds due periods.

    :param resources: the worker's resources.
    """

    def __init__(self, resources: ck_resources.Resources) -> None:
        self._resources = resources
        self._conf = resources.conf
        self._period_seconds: int = resources.conf.collect.period
        #: Number of rows that one statement for all has returned.
        self._known = 0

    def scope(self, scope_id: str) -> scopes.Scope:
        """Return the scope as the options define it."""
        return scopes.Scope(
            identifier=scope_id,
            scope_key=self._conf.collect.scope_key,
            fetcher=self._conf.fetcher.backend,
            collector=self._conf.collect.collector,
        )

    def find(self, scope_ids: collections.abc.Collection[str]) -> Due:
        """Return the scopes with due periods, in a random order.

        One statement, whatever the number of scopes.

        Rated alone are scopes whose row upstream left incomplete, whose
        periods have changed, and those that are the only ones with their
        window.
        """
        if len(scope_ids) == 1:
            return Due({}, list(scope_ids))
        found = self._read(scope_ids)
        due = Due({}, [])
        windows: dict[_Position, periods.Window | None] = {}
        # Workers begin with different scopes. This is not a security use.
        for scope_id in random.sample(list(scope_ids), len(scope_ids)):
            self._sort(due, scope_id, found.get(scope_id), windows)
        for window, states in list(due.cohorts.items()):
            if len(states) == 1:
                del due.cohorts[window]
                due.alone += [scope.identifier for scope in states]
        return due

    def window_of(
        self, state: scope_records.ScopeState | None
    ) -> periods.Window | None:
        """Return the due window, or None if no period is due.

        None is also returned for an inactive scope.

        :param state: None for a new scope.
        :raises cloudkitty.tasks.rated.PeriodChanged: if the rated data end
            within a period: it would be rated twice or not at all.
        """
        first = None
        if state is not None:
            if not state.active:
                return None
            first = rated_data.next_begin(state, self._period_seconds)
        window = self._due_from(first)
        if window is not None and state is not None:
            self._warn_of(state)
        return window

    def more_after(self, window: periods.Window) -> bool:
        """Return whether the period after a rated window is due by now."""
        return self._due_from(window.end) is not None

    def _due_from(
        self, first: datetime.datetime | None
    ) -> periods.Window | None:
        return due_periods.due_window(
            first,
            self._resources.clock.now(),
            self._period_seconds,
            self._conf.collect.wait_periods,
        )

    def _sort(
        self,
        due: Due,
        scope_id: str,
        state: scope_records.ScopeState | None,
        windows: dict[_Position, periods.Window | None],
    ) -> None:
        """Add a scope to its cohort, or to those that are rated alone.

        :param windows: the due windows found so far.
        """
        if state is None:
            window = self.window_of(None)
            if window is not None:
                # Its row is needed for the following periods.
                first = periods.Window.period_at(
                    window.begin, self._period_seconds
                )
                scope = self.scope(scope_id)
                due.cohorts.setdefault(first, {})[scope] = None
            return
        if not state.scope.scope_key:
            due.alone.append(scope_id)
            return
        position = (
            state.active,
            state.last_processed_at,
            state.period_seconds,
        )
        if state.period_seconds is None or position not in windows:
            try:
                windows[position] = self.window_of(state)
            except rated_data.PeriodChanged:
                due.alone.append(scope_id)
                return
        window = windows[position]
        if window is not None:
            due.cohorts.setdefault(window, {})[state.scope] = state

    def _read(
        self, scope_ids: collections.abc.Collection[str]
    ) -> dict[str, scope_records.ScopeState]:
        """Return the rows of scopes; incomplete ones where no other exists."""
        mine = self.scope("")
        with self._resources.database.reader() as session:
            if len(scope_ids) <= max(exact_text.CHUNK, self._known // 4):
                rows = scope_queries.find(session, identifiers=scope_ids)
            else:
                rows = scope_queries.of(
                    session,
                    scope_key=mine.scope_key,
                    fetcher=mine.fetcher,
                    collector=mine.collector,
                )
                self._known = len(rows)
        found: dict[str, scope_records.ScopeState] = {}
        for state in rows:
            scope = state.scope
            origin = (scope.scope_key, scope.fetcher, scope.collector)
            if origin == (mine.scope_key, mine.fetcher, mine.collector):
                found[scope.identifier] = state
            elif origin == ("", "", ""):
                found.setdefault(scope.identifier, state)
        return found

    def _warn_of(self, state: scope_records.ScopeState) -> None:
        """Warn if the last period has an unknown length and another grid.

        Upstream begins a scope at the first day of a month in the local time
        of its host, so this is not an error.
        """
        if state.period_seconds is None and not periods.aligned(
            state.last_processed_at, self._period_seconds
        ):
            LOG.warning(
                *log_fields.event(
                    "no period begins where the last rated one does, and its "
                    "length is not known: [collect] period is taken. Was it "
                    "changed?",
                    scope_id=state.scope.identifier,
                    begin=state.last_processed_at,
                    period_seconds=self._period_seconds,
                )
            )
