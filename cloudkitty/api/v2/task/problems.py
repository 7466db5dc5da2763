# SPDX-License-Identifier: Apache-2.0
"""Published codes of the errors of creating and changing tasks."""

import collections.abc
import contextlib

from cloudkitty.api import error_codes
from cloudkitty.api import errors
from cloudkitty.tasks import errors as task_errors

CODES: dict[type[task_errors.TaskError], str] = {
    task_errors.NoScopes: error_codes.TASK_SCOPES_BLANK,
    task_errors.AllWithOthers: error_codes.TASK_ALL_WITH_SCOPE_IDS,
    task_errors.NoActiveScopes: error_codes.TASK_SCOPE_UNKNOWN,
    task_errors.UnknownScopes: error_codes.TASK_SCOPE_UNKNOWN,
    task_errors.AmbiguousScopes: error_codes.TASK_SCOPE_AMBIGUOUS,
    task_errors.BlankReason: error_codes.TASK_REASON_INVALID,
    task_errors.ReasonTooLong: error_codes.TASK_REASON_INVALID,
    task_errors.EndBeforeStart: error_codes.TASK_END_BEFORE_START,
    task_errors.UnalignedWindow: error_codes.TASK_WINDOW_UNALIGNED,
    task_errors.WindowTooLong: error_codes.TASK_WINDOW_TOO_LONG,
    task_errors.StartTooEarly: error_codes.TASK_WINDOW_NOT_RATED,
    task_errors.EndTooLate: error_codes.TASK_WINDOW_NOT_RATED,
    task_errors.NotYetRated: error_codes.TASK_WINDOW_NOT_RATED,
    task_errors.NoLongerRated: error_codes.TASK_WINDOW_NOT_RATED,
    task_errors.WindowClosed: error_codes.TASK_WINDOW_CLOSED,
    task_errors.OwnApproval: error_codes.TASK_OWN_APPROVAL,
    task_errors.PreviewMismatch: error_codes.TASK_PREVIEW_MISMATCH,
    task_errors.OverlapsActiveTask: error_codes.TASK_OVERLAPS,
    task_errors.KeyReused: error_codes.TASK_IDEMPOTENCY_KEY_REUSED,
    task_errors.NoSuchTask: error_codes.TASK_NOT_FOUND,
    task_errors.NoSuchBatch: error_codes.TASK_NOT_FOUND,
    task_errors.NoWayForAny: error_codes.TASK_STATE_CONFLICT,
    task_errors.IllegalTransition: error_codes.TASK_STATE_CONFLICT,
    task_errors.ChangedMeanwhile: error_codes.TASK_STATE_CONFLICT,
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
    except task_errors.OwnApproval as error:
        raise errors.Forbidden(CODES[type(error)], str(error)) from error
    except (task_errors.KeyReused, task_errors.WindowClosed) as error:
        raise errors.Conflict(CODES[type(error)], str(error)) from error
    except task_errors.TaskError as error:
        raise otherwise(CODES[type(error)], str(error)) from error
