# SPDX-License-Identifier: Apache-2.0
"""``/healthcheck``: the application and its backends for the database.

The backends are plugins of oslo.middleware's healthcheck. Their reasons are
constants, and their details are names of errors: neither contains the URL of
the database.
"""

import dataclasses
import logging
import threading
import time
import typing
import weakref

import oslo_middleware
import sqlalchemy as sa
from oslo_config import cfg
from oslo_db import exception as db_exception
from oslo_middleware.healthcheck import opts
from oslo_middleware.healthcheck import pluginbase
from sqlalchemy import orm

from cloudkitty.api import error_body
from cloudkitty.api import registry
from cloudkitty.common import log_fields
from cloudkitty.db import facade
from cloudkitty.db import migration
from cloudkitty.db import timeouts

LOG = logging.getLogger(__name__)

#: Time limit of a connection, and of the answer to the statement.
TIMEOUT_SECONDS = 2
#: A result is used for this time: each load balancer, and each backend, would
#: otherwise execute a statement of its own.
CACHE_SECONDS = 1.0

_OPTIONS: list[cfg.Opt] = [
    *opts.HEALTHCHECK_OPTS,
    *opts.DISABLE_BY_FILE_OPTS,
    *opts.DISABLE_BY_FILES_OPTS,
    *opts.ENABLE_BY_FILES_OPTS,
]
_GROUP = "healthcheck"
_TABLE = migration.SERVICE.version_table
_VERSION = sa.select(sa.column("version_num", sa.String)).select_from(
    sa.table(_TABLE)
)


@dataclasses.dataclass(frozen=True, slots=True)
class State:
    """State of the database.

    :param database: why it is unavailable; ``None`` if it responds.
    :param schema: why its schema cannot be used; ``None`` if it can.
    :param details: for the detailed view.
    """

    database: str | None = None
    schema: str | None = None
    details: str = ""


_AWAY = "the database does not respond"
_UNKNOWN = "the schema is unknown: the database does not respond"
_MISSING = "the database has no schema: run cloudkitty-dbsync upgrade"
_OLD = "the schema is old: run cloudkitty-dbsync upgrade"


class Probe:
    """Reads the schema revision of the service's database.

    One statement on a connection that is kept; one thread at a time. The
    first time, two statements.

    :param conf: the service's options.
    """

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        url = timeouts.shorten(conf.database.connection, TIMEOUT_SECONDS)
        # Opens its connection at the first use: a server may fork before.
        self._database = facade.Database(conf, url, wait_at_first=False)
        self._lock = threading.Lock()
        self._state: State | None = None
        self._read_at = 0.0
        #: Whether the table of the revision has been seen.
        self._created = False

    def read(self) -> State:
        """Return the state, at most ``CACHE_SECONDS`` old."""
        if not self._lock.acquire(timeout=TIMEOUT_SECONDS):
            # Another thread waits for the answer of the server.
            return State(_AWAY, _UNKNOWN, "timeout")
        try:
            age = time.monotonic() - self._read_at
            if self._state is None or age >= CACHE_SECONDS:
                state = self._ask()
                _log_change(self._state, state)
                self._state = state
                self._read_at = time.monotonic()
            return self._state
        finally:
            self._lock.release()

    def _ask(self) -> State:
        try:
            with self._database.reader() as session:
                revision = self._revision(session)
        except (db_exception.DBError, sa.exc.SQLAlchemyError) as error:
            self._created = False
            return State(_AWAY, _UNKNOWN, type(error).__name__)
        if revision is None:
            return State(None, _MISSING)
        needed = migration.head()
        details = f"revision {revision}, this release needs {needed}"
        # The API continues to work on the schema of a newer release.
        old = revision != needed and migration.known(revision)
        return State(None, _OLD if old else None, details)

    def _revision(self, session: orm.Session) -> str | None:
        if not self._created:
            # oslo.db logs a traceback if a statement names a missing table.
            inspector = sa.inspect(session.connection())
            self._created = inspector.has_table(_TABLE)
        return session.scalar(_VERSION) if self._created else None


def _log_change(before: State | None, state: State) -> None:
    """Log one line when the state changes, not one for each request."""
    cause = state.database or state.schema
    if before is not None and cause == (before.database or before.schema):
        return
    if cause is not None:
        LOG.warning(
            *log_fields.event(
                "healthcheck fails", cause=cause, error=state.details
            )
        )
    elif before is not None:
        LOG.info("healthcheck succeeds again")


_probes: weakref.WeakValueDictionary[str, Probe] = (
    weakref.WeakValueDictionary()
)


class _Backend(pluginbase.HealthcheckBaseExtension):
    """A backend that reads the state of the database.

    All backends of one database share one probe.
    """

    def __init__(
        self, oslo_conf: cfg.ConfigOpts, conf: dict[str, typing.Any]
    ) -> None:
        super().__init__(oslo_conf, conf)
        if registry.KEY in conf:
            # Created by oslo.middleware's factory, as in older paste files.
            oslo_conf = registry.find(conf).conf
        key = oslo_conf.database.connection
        self._probe = _probes.setdefault(key, Probe(oslo_conf))

    def healthcheck(self, server_port: int) -> pluginbase.HealthcheckResult:
        """Return the result of the backend, after some seconds at most."""
        state = self._probe.read()
        reason = self._reason(state)
        return pluginbase.HealthcheckResult(
            available=reason is None,
            reason=reason or "OK",
            details=state.details,
        )

    def _reason(self, state: State) -> str | None:
        raise NotImplementedError


class DatabaseBackend(_Backend):
    """``cloudkitty_database``: fails if the database does not respond."""

    def _reason(self, state: State) -> str | None:
        return state.database


class SchemaBackend(_Backend):
    """``cloudkitty_schema``: fails if the schema is missing or old."""

    def _reason(self, state: State) -> str | None:
        return state.schema


class _Application:
    """The application of oslo.middleware, whose errors keep their body."""

    def __init__(self, app: typing.Any) -> None:
        self._app = app

    def __call__(
        self, environ: dict[str, typing.Any], start_response: typing.Any
    ) -> typing.Any:
        environ[error_body.RENDERED] = True
        return self._app(environ, start_response)


def app_factory(global_conf: dict[str, str], **local_conf: str) -> typing.Any:
    """Return the application: ``paste.app_factory``.

    :param local_conf: values of the paste file; they take precedence over
        ``[healthcheck]`` of the configuration file.
    """
    conf = registry.find(global_conf).conf
    conf.register_opts(_OPTIONS, group=_GROUP)
    for name, value in local_conf.items():
        if name in conf[_GROUP]:
            conf.set_override(name, value, group=_GROUP)
    return _Application(oslo_middleware.Healthcheck(None, conf))
