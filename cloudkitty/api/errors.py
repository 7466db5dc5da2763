# SPDX-License-Identifier: Apache-2.0
"""Published error codes, the exceptions that carry them, and their body.

A code is an API: programs compare it. A string below never changes and is
never given another meaning; what needs another word gets a new code. Texts
(``message``, ``detail``) may change.
"""

import collections.abc
import http

from cloudkitty.api import render

#: There is nothing at this path.
PATH_UNKNOWN = "rating.path.unknown"
#: The path is not percent-encoded UTF-8.
PATH_INVALID = "rating.path.invalid"
#: The path does not take this method; ``Allow`` lists those it takes.
METHOD_NOT_ALLOWED = "rating.method.not_allowed"
#: No token, or one that is not valid.
TOKEN_MISSING = "rating.token.missing"  # noqa: S105
#: The policy does not allow this to the token's user.
POLICY_REFUSED = "rating.policy.refused"
#: Another project's data, asked for by somebody who is no administrator.
SCOPE_FOREIGN = "rating.scope.foreign"
#: No scope matches.
SCOPE_NOT_FOUND = "rating.scope.not_found"
#: There is such a scope already.
SCOPE_EXISTS = "rating.scope.exists"
#: Several scopes are meant by, or share the data of, one id.
SCOPE_AMBIGUOUS = "rating.scope.ambiguous"
#: The date is not the beginning of a period.
SCOPE_DATE_UNALIGNED = "rating.scope.date_unaligned"
#: The date is before all periods, or has not come.
SCOPE_DATE_INVALID = "rating.scope.date_invalid"
#: The scope is not rated up to the date.
SCOPE_NOT_RATED = "rating.scope.not_rated"
#: Unfinished tasks of the scope reach beyond the date.
SCOPE_HAS_TASKS = "rating.scope.has_tasks"
#: The query string cannot be read.
QUERY_INVALID = "rating.query.invalid"
#: The query or the body has a key that means nothing here.
ARGUMENT_UNKNOWN = "rating.argument.unknown"
#: A key that must be there is not.
ARGUMENT_MISSING = "rating.argument.missing"
#: A key that may be there once is there several times.
ARGUMENT_REPEATED = "rating.argument.repeated"
#: A value is not of the kind or size that its key takes.
ARGUMENT_INVALID = "rating.argument.invalid"
#: A value is not a time.
TIME_INVALID = "rating.time.invalid"
#: ``begin`` is not before ``end``.
WINDOW_EMPTY = "rating.window.empty"
#: The key is CloudKitty's, but the configured storage cannot do it.
ARGUMENT_UNSUPPORTED = "rating.argument.unsupported"
#: The body is not sent as ``application/json``.
BODY_NOT_JSON_TYPE = "rating.body.type"
#: The body is not JSON, or not the JSON object that is wanted.
BODY_INVALID = "rating.body.invalid"
#: The body is longer than ``[oslo_middleware] max_request_body_size``.
BODY_TOO_LARGE = "rating.body.too_large"
#: The body came without a length.
BODY_LENGTH_MISSING = "rating.body.length_missing"
#: Refused by a part in front of the API that has no code of its own.
REQUEST_REFUSED = "rating.request.refused"
#: No rated data match.
DATAFRAMES_NOT_FOUND = "rating.dataframes.not_found"
#: There is no data frame in the list.
DATAFRAMES_EMPTY = "rating.dataframes.empty"
#: A point does not say of which scope it is.
DATAFRAMES_SCOPE_MISSING = "rating.dataframes.scope_missing"
#: No scope is named, or only blanks.
TASK_SCOPES_BLANK = "rating.task.scopes_blank"
#: ``ALL`` stands beside other ids.
TASK_ALL_WITH_OTHERS = "rating.task.all_with_others"
#: An id is not that of an active scope.
TASK_SCOPE_UNKNOWN = "rating.task.scope_unknown"
#: An id is that of several active scopes.
TASK_SCOPE_AMBIGUOUS = "rating.task.scope_ambiguous"
#: The reason is blank or too long.
TASK_REASON_INVALID = "rating.task.reason_invalid"
#: The end is before the start.
TASK_WINDOW_REVERSED = "rating.task.window_reversed"
#: The start or the end is not the beginning of a period.
TASK_WINDOW_UNALIGNED = "rating.task.window_unaligned"
#: The window has more periods than a task may have.
TASK_WINDOW_TOO_LONG = "rating.task.window_too_long"
#: The window holds periods that are not rated yet, or never will be.
TASK_WINDOW_NOT_RATED = "rating.task.window_not_rated"
#: An unfinished task of the scope shares a period with the window.
TASK_OVERLAPS = "rating.task.overlaps"
#: The ``Idempotency-Key`` came with another request before.
TASK_KEY_REUSED = "rating.task.key_reused"
#: The scope has no task, or no task has the id.
TASK_NOT_FOUND = "rating.task.not_found"
#: The task is in a state from which there is no way to the one asked for.
TASK_STATE_CONFLICT = "rating.task.state_conflict"
#: No service, field, group, mapping or threshold of hashmap has the id.
HASHMAP_NOT_FOUND = "rating.hashmap.not_found"
#: The rule is in no group.
HASHMAP_NO_GROUP = "rating.hashmap.no_group"
#: Another one of the kind has the name.
HASHMAP_NAME_TAKEN = "rating.hashmap.name_taken"
#: Another mapping is for the same thing at the same time.
HASHMAP_OVERLAPS = "rating.hashmap.overlaps"
#: Another threshold is at the same level.
HASHMAP_LEVEL_TAKEN = "rating.hashmap.level_taken"
#: Without its group a rule would be one of two for the same thing.
HASHMAP_UNGROUPED_CLASH = "rating.hashmap.ungrouped_clash"
#: A rule is of neither a service nor a field, or of both.
HASHMAP_OWNER_INVALID = "rating.hashmap.owner_invalid"
#: The service, field or group that a rule is to belong to is not there.
HASHMAP_OWNER_UNKNOWN = "rating.hashmap.owner_unknown"
#: A mapping of a field has no value, or one of a service has one.
HASHMAP_VALUE_INVALID = "rating.hashmap.value_invalid"
#: A rule would begin or end in the past, or end before it begins.
HASHMAP_VALIDITY_INVALID = "rating.hashmap.validity_invalid"
#: A rule that has been in force cannot become another.
HASHMAP_BEGUN = "rating.hashmap.begun"
#: An attribute that can never be changed by a client.
HASHMAP_FIXED = "rating.hashmap.fixed"
#: No rating module has the id.
MODULE_NOT_FOUND = "rating.module.not_found"
#: The rating module has nothing that the API could configure.
MODULE_NOT_CONFIGURABLE = "rating.module.not_configurable"
#: The rating module is always in force: nothing can be set of it.
MODULE_ALWAYS_ON = "rating.module.always_on"
#: What is to be quoted cannot be priced.
QUOTE_INVALID = "rating.quote.invalid"
#: No script has the id, or it is deleted.
SCRIPT_NOT_FOUND = "rating.script.not_found"
#: Another script has the name.
SCRIPT_NAME_TAKEN = "rating.script.name_taken"
#: The script is no Python, or too long.
SCRIPT_DATA_INVALID = "rating.script.data_invalid"
#: The script would begin in the past.
SCRIPT_START_PAST = "rating.script.start_past"
#: The script would end before it begins.
SCRIPT_END_BEFORE_START = "rating.script.end_before_start"
#: The script would have ended already.
SCRIPT_END_PAST = "rating.script.end_past"
#: The script has been in force: only its end can be set.
SCRIPT_BEGUN = "rating.script.begun"
#: The script has been in force and has an end.
SCRIPT_END_FIXED = "rating.script.end_fixed"
#: An attribute that the service writes itself.
SCRIPT_READ_ONLY = "rating.script.read_only"
#: The definitions of the metrics cannot be read on the API's host.
METRICS_UNAVAILABLE = "rating.metrics.unavailable"
#: No metric that is rated has the id.
METRIC_NOT_FOUND = "rating.metric.not_found"
#: No collector is written down for the service.
MAPPING_NOT_FOUND = "rating.collector_mapping.not_found"
#: The database, the storage or Keystone does not answer; try again.
SERVICE_UNAVAILABLE = "rating.service.unavailable"
#: A defect of this service; the log has more under the request id.
SERVER_FAILED = "rating.server.failed"

#: Set in the WSGI environment once an answer has the body made here, so that
#: the outermost middleware can tell it from those of other libraries.
RENDERED = "cloudkitty.error_rendered"

#: Codes for answers of libraries, which have none.
BY_STATUS = {
    401: TOKEN_MISSING,
    403: POLICY_REFUSED,
    404: PATH_UNKNOWN,
    405: METHOD_NOT_ALLOWED,
    411: BODY_LENGTH_MISSING,
    413: BODY_TOO_LARGE,
    415: BODY_NOT_JSON_TYPE,
    503: SERVICE_UNAVAILABLE,
}


#: Detail of a response for a path that does not exist.
NOTHING_THERE = (
    "the path does not exist: GET /v1 and GET /v2 list the existing resources"
)


class ApiError(Exception):
    """What a handler raises to answer with an error.

    :param code: one of the published codes.
    :param detail: what is wrong and what to send instead; for the caller,
        so without secrets and without more of the caller's input than the
        ``validate.shown`` part of it.
    """

    status = 500

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail

    @property
    def headers(self) -> dict[str, str]:
        """Headers that belong to the answer."""
        return {}


class BadRequest(ApiError):
    """400: the request itself is wrong."""

    status = 400


class Forbidden(ApiError):
    """403: the token's user may not do this."""

    status = 403


class NotFound(ApiError):
    """404: nothing there."""

    status = 404


class MethodNotAllowed(ApiError):
    """405: the path has other methods.

    :param allowed: those it has.
    """

    status = 405

    def __init__(
        self, method: str, allowed: collections.abc.Sequence[str]
    ) -> None:
        ways = f"send {', '.join(allowed)}"
        if list(allowed) == ["OPTIONS"]:
            ways = "send a request for a path below it"
        super().__init__(
            METHOD_NOT_ALLOWED, f"the path does not support {method}: {ways}"
        )
        self.allowed = tuple(allowed)

    @property
    def headers(self) -> dict[str, str]:
        return {"Allow": ", ".join(self.allowed)}


class Conflict(ApiError):
    """409: the thing is not in a state that allows this."""

    status = 409


class TooLarge(ApiError):
    """413: a body that is too long."""

    status = 413


class UnsupportedType(ApiError):
    """415: a body of another media type."""

    status = 415


class Unavailable(ApiError):
    """503: something this service needs does not answer."""

    status = 503


def body(
    status: int,
    code: str,
    detail: str,
    request_id: str | None,
    fault: bool = False,
) -> bytes:
    """Return the error body as JSON.

    :param fault: with the keys that clients of version 1 look at, too.
    """
    error = {
        "status": status,
        "code": code,
        "title": title(status),
        "detail": detail,
        "request_id": request_id,
    }
    content: dict[str, object] = {"message": detail, "errors": [error]}
    if fault:
        content |= {
            "faultcode": "Client" if status < 500 else "Server",
            "faultstring": detail,
            "debuginfo": None,
        }
    # ASCII only: a detail may quote what is no valid Unicode.
    return render.text(content).encode("ascii")


def for_version_one(environ: collections.abc.Mapping[str, object]) -> bool:
    """Tell whether a request's errors are read as those of version 1."""
    path = str(environ.get("PATH_INFO", "")).lstrip("/")
    return path.partition("/")[0] == "v1"


def title(status: int) -> str:
    """Return the standard phrase of ``status``."""
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return "Error"
