# SPDX-License-Identifier: Apache-2.0
"""Published codes of the errors of creating and changing rules."""

import contextlib

from cloudkitty.api import error_codes
from cloudkitty.api import errors
from cloudkitty.rating.editing import errors as edit_errors
from cloudkitty.rating.hashmap.editing import errors as rule_errors

ANSWERS: errors.Answers = {
    edit_errors.NotFound: (errors.NotFound, error_codes.HASHMAP_NOT_FOUND),
    rule_errors.NoGroup: (errors.NotFound, error_codes.HASHMAP_NO_GROUP),
    rule_errors.NameTaken: (errors.Conflict, error_codes.HASHMAP_NAME_TAKEN),
    rule_errors.Overlaps: (errors.Conflict, error_codes.HASHMAP_OVERLAPS),
    rule_errors.LevelTaken: (errors.Conflict, error_codes.HASHMAP_LEVEL_TAKEN),
    rule_errors.UngroupedClash: (
        errors.Conflict,
        error_codes.HASHMAP_DUPLICATE_WITHOUT_GROUP,
    ),
    rule_errors.OwnerInvalid: (
        errors.BadRequest,
        error_codes.HASHMAP_OWNER_INVALID,
    ),
    rule_errors.OwnerUnknown: (
        errors.BadRequest,
        error_codes.HASHMAP_OWNER_UNKNOWN,
    ),
    rule_errors.OwnerFixed: (errors.BadRequest, error_codes.HASHMAP_READ_ONLY),
    edit_errors.ReadOnly: (errors.BadRequest, error_codes.HASHMAP_READ_ONLY),
    rule_errors.ValueInvalid: (
        errors.BadRequest,
        error_codes.HASHMAP_VALUE_INVALID,
    ),
    rule_errors.NumberInvalid: (
        errors.BadRequest,
        error_codes.ARGUMENT_INVALID,
    ),
    edit_errors.StartPast: (
        errors.BadRequest,
        error_codes.HASHMAP_VALIDITY_INVALID,
    ),
    edit_errors.EndPast: (
        errors.BadRequest,
        error_codes.HASHMAP_VALIDITY_INVALID,
    ),
    edit_errors.EndBeforeStart: (
        errors.BadRequest,
        error_codes.HASHMAP_VALIDITY_INVALID,
    ),
    rule_errors.Ended: (
        errors.BadRequest,
        error_codes.HASHMAP_VALIDITY_INVALID,
    ),
    edit_errors.Begun: (errors.BadRequest, error_codes.HASHMAP_IN_FORCE),
    edit_errors.EndFixed: (errors.BadRequest, error_codes.HASHMAP_IN_FORCE),
}


def answered() -> contextlib.AbstractContextManager[None]:
    """Convert errors of the domain to errors of the API."""
    return errors.converted(ANSWERS)
