# SPDX-License-Identifier: Apache-2.0
"""Isolation of errors, in one place.

A scope, a task and a poll for work are units that may fail; the failure of
one unit must not stop the others.
"""

import collections.abc
import logging
import typing

import tooz
from oslo_db import exception as db_exception
from oslo_log import log
from sqlalchemy import exc
from tooz import coordination

from cloudkitty.common import exceptions
from cloudkitty.common import log_fields

T = typing.TypeVar("T")

LOG = log.getLogger(__name__)

#: oslo.db does not convert every error: "disk full", for example.
_DATABASE_ERRORS = (db_exception.DBError, exc.SQLAlchemyError)

#: Raised if a backend shared by all scopes is unreachable.
UNREACHABLE = (
    db_exception.DBConnectionError,
    coordination.ToozConnectionError,
    # A timeout of etcd.
    coordination.OperationTimedOut,
)


class Interrupted(exceptions.CloudKittyError):
    """This processor stops; the next one does the unwritten work."""


def run_isolated(
    work: collections.abc.Callable[[], T],
    event: str,
    /,
    *,
    level: int = logging.WARNING,
    **fields: object,
) -> tuple[T | None, str | None]:
    """Run ``work``; log a failure instead of raising it.

    :param event: name of the event in the log, such as ``scope failed``.
    :param level: of an error that a retry may resolve, or DEBUG if the caller
        logs it. A defect is an ERROR with its traceback.
    :param fields: of the event.
    :returns: the result and None, or None and the text of the failure,
        which contains no secrets and may be shown to API consumers.
    :raises Interrupted: not treated as a failure.
    """
    try:
        return work(), None
    except Interrupted:
        raise
    except (
        exceptions.CloudKittyError,
        *_DATABASE_ERRORS,
        tooz.ToozError,
    ) as error:
        text = describe(error)
        LOG.log(
            level_of(error, level),
            *log_fields.event(event, **fields, error=text),
        )
        return None, text
    # A bug in a plugin or in this service: all other units continue. The
    # bug is reported by the traceback and by the task's last error.
    except Exception as error:
        text = describe(error)
        LOG.exception(*log_fields.event(event, **fields, error=text))
        return None, text


def level_of(error: Exception, level: int) -> int:
    """Return ``level``, or DEBUG for an error that is logged already.

    ``db.outage`` logs that the database is away, and its return.
    """
    if isinstance(error, db_exception.DBConnectionError):
        return logging.DEBUG
    return level


def level_of_cohort(error: Exception) -> int:
    """Return the log level of an error of several scopes together.

    All of them are retried, so only a defect is an ERROR.
    """
    expected = (
        exceptions.CloudKittyError,
        *_DATABASE_ERRORS,
        tooz.ToozError,
    )
    if isinstance(error, expected):
        return level_of(error, logging.WARNING)
    return logging.ERROR


def describe(error: Exception) -> str:
    """Return the part of ``error`` that may be shown outside the log."""
    if isinstance(error, exceptions.CloudKittyError):
        return str(error)
    name = type(error).__name__
    # The texts of these errors contain statements, values and URLs.
    if isinstance(error, _DATABASE_ERRORS):
        return f"database error: {name}"
    if isinstance(error, tooz.ToozError):
        return f"coordination error: {name}"
    return f"internal error: {name}"
