# SPDX-License-Identifier: Apache-2.0
"""Published codes of the errors of creating and changing scripts."""

import collections.abc
import contextlib

from cloudkitty.api import errors
from cloudkitty.rating.pyscripts import errors as script_errors

_KINDS: dict[
    type[script_errors.ScriptError], tuple[type[errors.ApiError], str]
] = {
    script_errors.NotFound: (errors.NotFound, errors.SCRIPT_NOT_FOUND),
    script_errors.NameTaken: (errors.Conflict, errors.SCRIPT_NAME_TAKEN),
    script_errors.DataInvalid: (
        errors.BadRequest,
        errors.SCRIPT_DATA_INVALID,
    ),
    script_errors.StartPast: (errors.BadRequest, errors.SCRIPT_START_PAST),
    script_errors.EndBeforeStart: (
        errors.BadRequest,
        errors.SCRIPT_END_BEFORE_START,
    ),
    script_errors.EndPast: (errors.BadRequest, errors.SCRIPT_END_PAST),
    script_errors.Begun: (errors.BadRequest, errors.SCRIPT_BEGUN),
    script_errors.EndFixed: (errors.BadRequest, errors.SCRIPT_END_FIXED),
    script_errors.ReadOnly: (errors.BadRequest, errors.SCRIPT_READ_ONLY),
    script_errors.CheckerUnavailable: (
        errors.Unavailable,
        errors.SERVICE_UNAVAILABLE,
    ),
}


@contextlib.contextmanager
def answered() -> collections.abc.Iterator[None]:
    """Convert errors of the domain to errors of the API."""
    try:
        yield
    except script_errors.ScriptError as error:
        kind, code = _KINDS[type(error)]
        raise kind(code, str(error)) from error
