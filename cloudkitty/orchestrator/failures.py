# SPDX-License-Identifier: Apache-2.0
"""The one place where an error is kept from spreading.

A scope, a task, a look for work: each is a unit that may fail, and none may
take the others along.
"""

import collections.abc
import typing

import tooz
from oslo_db import exception as db_exception
from oslo_log import log
from sqlalchemy import exc
from tooz import coordination

from cloudkitty.common import exceptions

T = typing.TypeVar("T")

LOG = log.getLogger(__name__)

#: oslo.db passes some on as they are: a full disk, say.
_DATABASE_ERRORS = (db_exception.DBError, exc.SQLAlchemyError)

#: A backend that all scopes share cannot be reached.
UNREACHABLE = (
    db_exception.DBConnectionError,
    coordination.ToozConnectionError,
)


class Interrupted(exceptions.CloudKittyError):
    """This processor ends; what was not written is done by the next one."""


def run_isolated(
    work: collections.abc.Callable[[], T], unit: str, unit_id: object
) -> tuple[T | None, str | None]:
    """Run ``work``; log its failure instead of passing it on.

    :param unit: what fails, such as ``scope``, for the log.
    :param unit_id: which one.
    :returns: the result and None, or None and the text of the failure,
        which has no secrets and may be shown to API consumers.
    :raises Interrupted: is no failure.
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
        LOG.error(
            "%(unit)s failed unit_id=%(unit_id)s error=%(error)s",
            {"unit": unit, "unit_id": unit_id, "error": text},
        )
        return None, text
    # A bug in a plugin or in ourselves: everything else goes on, and the
    # traceback and the task's last error tell of it.
    except Exception as error:
        LOG.exception(
            "%(unit)s failed unexpectedly unit_id=%(unit_id)s",
            {"unit": unit, "unit_id": unit_id},
        )
        return None, describe(error)


def describe(error: Exception) -> str:
    """Return what may be told about ``error`` outside of the log."""
    if isinstance(error, exceptions.CloudKittyError):
        return str(error)
    name = type(error).__name__
    # The texts of these hold statements, values and URLs.
    if isinstance(error, _DATABASE_ERRORS):
        return f"database error: {name}"
    if isinstance(error, tooz.ToozError):
        return f"coordination error: {name}"
    return f"internal error: {name}"
