# SPDX-License-Identifier: Apache-2.0
"""Published codes of the errors of changing scopes."""

import contextlib

from cloudkitty.api import error_codes
from cloudkitty.api import errors
from cloudkitty.common import rpc
from cloudkitty.scopes import changes as scope_changes
from cloudkitty.scopes import reset as scope_reset

ANSWERS: errors.Answers = {
    scope_reset.NoSuchScope: (errors.NotFound, error_codes.SCOPE_NOT_FOUND),
    scope_reset.UnalignedDate: (
        errors.BadRequest,
        error_codes.SCOPE_DATE_UNALIGNED,
    ),
    scope_reset.DateTooEarly: (
        errors.BadRequest,
        error_codes.SCOPE_DATE_INVALID,
    ),
    scope_reset.NotRatedYet: (errors.BadRequest, error_codes.SCOPE_NOT_RATED),
    scope_reset.WithinPeriod: (
        errors.BadRequest,
        error_codes.SCOPE_DATE_UNALIGNED,
    ),
    scope_reset.TasksUnfinished: (
        errors.Conflict,
        error_codes.SCOPE_HAS_TASKS,
    ),
    scope_reset.PeriodsClosed: (errors.Conflict, error_codes.SCOPE_CLOSED),
    rpc.ResetUnsupported: (errors.Conflict, error_codes.SCOPE_RESET_REFUSED),
    scope_reset.SharedData: (errors.Conflict, error_codes.SCOPE_AMBIGUOUS),
    scope_changes.DateTooLate: (
        errors.BadRequest,
        error_codes.SCOPE_DATE_INVALID,
    ),
    scope_changes.ScopeExists: (errors.Conflict, error_codes.SCOPE_EXISTS),
    scope_changes.Ambiguous: (errors.Conflict, error_codes.SCOPE_AMBIGUOUS),
}


def answered() -> contextlib.AbstractContextManager[None]:
    """Convert errors of the domain to errors of the API."""
    return errors.converted(ANSWERS)
