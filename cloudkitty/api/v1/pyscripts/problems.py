# SPDX-License-Identifier: Apache-2.0
"""Published codes of the errors of creating and changing scripts."""

import contextlib

from cloudkitty.api import error_codes
from cloudkitty.api import errors
from cloudkitty.rating.editing import errors as edit_errors
from cloudkitty.rating.pyscripts import errors as script_errors

ANSWERS: errors.Answers = {
    edit_errors.NotFound: (errors.NotFound, error_codes.SCRIPT_NOT_FOUND),
    script_errors.NameTaken: (errors.Conflict, error_codes.SCRIPT_NAME_TAKEN),
    script_errors.DataInvalid: (
        errors.BadRequest,
        error_codes.SCRIPT_DATA_INVALID,
    ),
    edit_errors.StartPast: (
        errors.BadRequest,
        error_codes.SCRIPT_START_IN_PAST,
    ),
    edit_errors.EndBeforeStart: (
        errors.BadRequest,
        error_codes.SCRIPT_END_BEFORE_START,
    ),
    edit_errors.EndPast: (errors.BadRequest, error_codes.SCRIPT_END_IN_PAST),
    edit_errors.Begun: (errors.BadRequest, error_codes.SCRIPT_IN_FORCE),
    edit_errors.EndFixed: (
        errors.BadRequest,
        error_codes.SCRIPT_END_ALREADY_SET,
    ),
    edit_errors.ReadOnly: (errors.BadRequest, error_codes.SCRIPT_READ_ONLY),
    script_errors.CheckerUnavailable: (
        errors.Unavailable,
        error_codes.SERVICE_UNAVAILABLE,
    ),
}


def answered() -> contextlib.AbstractContextManager[None]:
    """Convert errors of the domain to errors of the API."""
    return errors.converted(ANSWERS)
