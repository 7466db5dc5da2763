# SPDX-License-Identifier: Apache-2.0
"""Metrics that are read from the database when they are exported."""

import dataclasses
import datetime
import threading

import sqlalchemy as sa
from oslo_config import cfg
from oslo_db import exception as db_exception
from oslo_log import log
from sqlalchemy import orm

from cloudkitty.common import clock as ck_clock
from cloudkitty.common import log_fields
from cloudkitty.db import facade
from cloudkitty.db import timeouts
from cloudkitty.db.scopes import lag
from cloudkitty.db.tasks import backlog

LOG = log.getLogger(__name__)

DATABASE_UP = "cloudkitty_database_up"
TASKS = "cloudkitty_tasks"
OLDEST_WAITING = "cloudkitty_oldest_waiting_task_seconds"
SCOPES = "cloudkitty_scopes"
SCOPES_LATE = "cloudkitty_scopes_late"
SCOPE_LAG = "cloudkitty_scope_lag_max_seconds"

#: Descriptions for operators. All but the first are missing while the database
#: does not respond.
HELP = {
    DATABASE_UP: "1 if the gauges of tasks and scopes were read from the "
    "database, 0 if it did not respond in time.",
    TASKS: "Tasks by state.",
    OLDEST_WAITING: "Age in seconds of the oldest scheduled task; 0 if none "
    "is scheduled.",
    SCOPES: "Active scopes of the configured fetcher and collector.",
    SCOPES_LATE: "Active scopes with a period that has been due for more than "
    "one period.",
    SCOPE_LAG: "Seconds since the end of the rated data of the active scope "
    "with the largest lag; 0 without scopes.",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Values:
    """Values of the gauges.

    :param tasks: number of tasks by state.
    :param single: the other gauges by name.
    """

    tasks: dict[str, int]
    single: dict[str, float]


class Gauges:
    """Reads the gauges with constant statements and caches them.

    :param conf: the service's options; ``[metrics]`` has the limits.
    :param clock: source of the current time.
    """

    def __init__(self, conf: cfg.ConfigOpts, clock: ck_clock.Clock) -> None:
        self._conf = conf
        self._clock = clock
        # Its own connection, with short limits, which does not wait for a
        # server that is down.
        self._database = facade.Database(
            conf,
            timeouts.shorten(
                conf.database.connection, conf.metrics.database_timeout
            ),
            wait_at_first=False,
        )
        self._lock = threading.Lock()
        self._values: Values | None = None
        self._read_at: float | None = None

    def read(self) -> Values | None:
        """Return the values; ``None`` if the database does not respond."""
        with self._lock:
            now = self._clock.monotonic()
            if (
                self._read_at is None
                or now - self._read_at >= self._conf.metrics.cache_seconds
            ):
                self._values = self._ask()
                self._read_at = self._clock.monotonic()
            return self._values

    def close(self) -> None:
        """Close the connection."""
        self._database.dispose()

    def _ask(self) -> Values | None:
        try:
            with self._database.reader() as session:
                return Values(
                    backlog.by_state(session),
                    {
                        OLDEST_WAITING: self._age(
                            backlog.oldest_waiting(session)
                        ),
                        **self._scopes(session),
                    },
                )
        except (db_exception.DBError, sa.exc.SQLAlchemyError) as error:
            LOG.warning(
                *log_fields.event(
                    "metrics not read from the database",
                    error=type(error).__name__,
                )
            )
            return None

    def _scopes(self, session: orm.Session) -> dict[str, float]:
        collect = self._conf.collect
        period = datetime.timedelta(seconds=collect.period)
        # Due is a scope whose next period begins more than wait_periods ago;
        # see engine.due_periods.
        due = self._clock.now() - period * (1 + collect.wait_periods)
        found = lag.read(
            session,
            scope_key=collect.scope_key,
            fetcher=self._conf.fetcher.backend,
            collector=collect.collector,
            late_before=due - period,
        )
        age = self._age(found.oldest)
        return {
            SCOPES: found.active,
            SCOPES_LATE: found.late,
            SCOPE_LAG: max(0.0, age - collect.period),
        }

    def _age(self, at: datetime.datetime | None) -> float:
        if at is None:
            return 0.0
        return max(0.0, (self._clock.now() - at).total_seconds())
