# SPDX-License-Identifier: Apache-2.0
"""Published codes of the errors of creating and changing tasks."""

import collections.abc
import contextlib

from cloudkitty.api import errors
from cloudkitty.tasks import errors as task_errors

CODES: dict[type[task_errors.TaskError], str] = {
    task_errors.NoScopes: errors.TASK_SCOPES_BLANK,
    task_errors.AllWithOthers: errors.TASK_ALL_WITH_SCOPE_IDS,
    task_errors.NoActiveScopes: errors.TASK_SCOPE_UNKNOWN,
    task_errors.UnknownScopes: errors.TASK_SCOPE_UNKNOWN,
    task_errors.AmbiguousScopes: errors.TASK_SCOPE_AMBIGUOUS,
    task_errors.BlankReason: errors.TASK_REASON_INVALID,
    task_errors.ReasonTooLong: errors.TASK_REASON_INVALID,
    task_errors.EndBeforeStart: errors.TASK_END_BEFORE_START,
    task_errors.UnalignedWindow: errors.TASK_WINDOW_UNALIGNED,
    task_errors.WindowTooLong: errors.TASK_WINDOW_TOO_LONG,
    task_errors.StartTooEarly: errors.TASK_WINDOW_NOT_RATED,
    task_errors.EndTooLate: errors.TASK_WINDOW_NOT_RATED,
    task_errors.NotYetRated: errors.TASK_WINDOW_NOT_RATED,
    task_errors.NoLongerRated: errors.TASK_WINDOW_NOT_RATED,
    task_errors.OverlapsActiveTask: errors.TASK_OVERLAPS,
    task_errors.KeyReused: errors.TASK_IDEMPOTENCY_KEY_REUSED,
    task_errors.NoSuchTask: errors.TASK_NOT_FOUND,
    task_errors.NoSuchBatch: errors.TASK_NOT_FOUND,
    task_errors.NoWayForAny: errors.TASK_STATE_CONFLICT,
    task_errors.IllegalTransition: errors.TASK_STATE_CONFLICT,
    task_errors.ChangedMeanwhile: errors.TASK_STATE_CONFLICT,
}


@contextlib.contextmanager
def answered(
    otherwise: type[errors.ApiError] = errors.BadRequest,
) -> collections.abc.Iterator[None]:
    """Convert errors of the domain to errors of the API.

    :param otherwise: default class of the API error.
    """
    try:
        yield
    except (task_errors.NoSuchTask, task_errors.NoSuchBatch) as error:
        raise errors.NotFound(CODES[type(error)], str(error)) from error
    except task_errors.KeyReused as error:
        raise errors.Conflict(CODES[type(error)], str(error)) from error
    except task_errors.TaskError as error:
        raise otherwise(CODES[type(error)], str(error)) from error
