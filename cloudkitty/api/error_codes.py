# SPDX-License-Identifier: Apache-2.0
"""Published error codes.

A code is a part of the API: programs compare it. A string below never changes
and keeps its meaning; a new meaning gets a new code. Texts (``message``,
``detail``) may change.
"""

#: The path does not exist.
PATH_UNKNOWN = "rating.path.unknown"
#: The path is not percent-encoded UTF-8.
PATH_INVALID = "rating.path.invalid"
#: The path does not support this method; ``Allow`` lists the supported ones.
METHOD_NOT_ALLOWED = "rating.method.not_allowed"
#: The token is missing or invalid.
TOKEN_MISSING = "rating.token.missing"  # noqa: S105
#: The policy does not allow the request to the token's user.
POLICY_FORBIDDEN = "rating.policy.forbidden"
#: A user other than an administrator requests the data of another project.
SCOPE_FORBIDDEN = "rating.scope.forbidden"
#: No scope matches.
SCOPE_NOT_FOUND = "rating.scope.not_found"
#: The scope exists already.
SCOPE_EXISTS = "rating.scope.exists"
#: Several scopes have the id or share its data.
SCOPE_AMBIGUOUS = "rating.scope.ambiguous"
#: The date is not the beginning of a period.
SCOPE_DATE_UNALIGNED = "rating.scope.date_unaligned"
#: The date is before the first period or in the future.
SCOPE_DATE_INVALID = "rating.scope.date_invalid"
#: The scope is not rated up to the date.
SCOPE_NOT_RATED = "rating.scope.not_rated"
#: Unfinished tasks of the scope end after the date.
SCOPE_HAS_TASKS = "rating.scope.has_tasks"
#: Periods from the date on are closed.
SCOPE_CLOSED = "rating.scope.closed"
#: A processor of CloudKitty 25 would lose the period at the date.
SCOPE_RESET_REFUSED = "rating.scope.reset_refused"
#: The query string cannot be read.
QUERY_INVALID = "rating.query.invalid"
#: The query or the body contains an unknown key.
ARGUMENT_UNKNOWN = "rating.argument.unknown"
#: A required key is missing.
ARGUMENT_MISSING = "rating.argument.missing"
#: A key that may occur once occurs several times.
ARGUMENT_REPEATED = "rating.argument.repeated"
#: A value does not have the type or size that its key requires.
ARGUMENT_INVALID = "rating.argument.invalid"
#: A value is not a time.
TIME_INVALID = "rating.time.invalid"
#: ``begin`` is not before ``end``.
WINDOW_EMPTY = "rating.window.empty"
#: CloudKitty knows the key, but the configured storage does not support it.
ARGUMENT_UNSUPPORTED = "rating.argument.unsupported"
#: The body is not sent as ``application/json``.
BODY_TYPE_UNSUPPORTED = "rating.body.type_unsupported"
#: The body is not JSON, or not the expected JSON object.
BODY_INVALID = "rating.body.invalid"
#: The body is longer than ``[oslo_middleware] max_request_body_size``.
BODY_TOO_LARGE = "rating.body.too_large"
#: The length of the body is missing.
BODY_LENGTH_MISSING = "rating.body.length_missing"
#: A component in front of the API rejected the request without a code.
REQUEST_REJECTED = "rating.request.rejected"
#: No rated data match.
DATAFRAMES_NOT_FOUND = "rating.dataframes.not_found"
#: The list contains no data frame.
DATAFRAMES_EMPTY = "rating.dataframes.empty"
#: A point does not contain its scope.
DATAFRAMES_SCOPE_MISSING = "rating.dataframes.scope_missing"
#: The format of the configured storage cannot hold a point.
DATAFRAMES_UNSTORABLE = "rating.dataframes.unstorable"
#: The scope ids are missing or blank.
TASK_SCOPES_BLANK = "rating.task.scopes_blank"
#: ``ALL`` is sent together with other ids.
TASK_ALL_WITH_SCOPE_IDS = "rating.task.all_with_scope_ids"
#: An id identifies no active scope.
TASK_SCOPE_UNKNOWN = "rating.task.scope_unknown"
#: An id identifies several active scopes.
TASK_SCOPE_AMBIGUOUS = "rating.task.scope_ambiguous"
#: The reason is blank or too long.
TASK_REASON_INVALID = "rating.task.reason_invalid"
#: The end is before the start.
TASK_END_BEFORE_START = "rating.task.end_before_start"
#: The start or the end is not the beginning of a period.
TASK_WINDOW_UNALIGNED = "rating.task.window_unaligned"
#: The window contains more periods than a task may have.
TASK_WINDOW_TOO_LONG = "rating.task.window_too_long"
#: The window contains periods that are not rated yet or cannot be rated.
TASK_WINDOW_NOT_RATED = "rating.task.window_not_rated"
#: An unfinished task of the scope shares a period with the window.
TASK_OVERLAPS = "rating.task.overlaps"
#: Periods of the window are closed.
TASK_WINDOW_CLOSED = "rating.task.window_closed"
#: The author of a request may not approve it.
TASK_OWN_APPROVAL = "rating.task.own_approval"
#: The approved preview is not complete, or another one.
TASK_PREVIEW_MISMATCH = "rating.task.preview_mismatch"
#: The ``Idempotency-Key`` was used for a different request.
TASK_IDEMPOTENCY_KEY_REUSED = "rating.task.idempotency_key_reused"
#: The scope has no task, or no task has the id.
TASK_NOT_FOUND = "rating.task.not_found"
#: The task cannot change from its state to the requested one.
TASK_STATE_CONFLICT = "rating.task.state_conflict"
#: No service, field, group, mapping or threshold of hashmap has the id.
HASHMAP_NOT_FOUND = "rating.hashmap.not_found"
#: The rule belongs to no group.
HASHMAP_NO_GROUP = "rating.hashmap.no_group"
#: Another service, field or group has the name.
HASHMAP_NAME_TAKEN = "rating.hashmap.name_taken"
#: Another mapping applies to the same value at the same time.
HASHMAP_OVERLAPS = "rating.hashmap.overlaps"
#: Another threshold has the same level.
HASHMAP_LEVEL_TAKEN = "rating.hashmap.level_taken"
#: Without its group, the rule would conflict with another rule.
HASHMAP_DUPLICATE_WITHOUT_GROUP = "rating.hashmap.duplicate_without_group"
#: A rule belongs to neither a service nor a field, or to both.
HASHMAP_OWNER_INVALID = "rating.hashmap.owner_invalid"
#: The service, field or group of a rule does not exist.
HASHMAP_OWNER_UNKNOWN = "rating.hashmap.owner_unknown"
#: A mapping of a field has no value, or one of a service has one.
HASHMAP_VALUE_INVALID = "rating.hashmap.value_invalid"
#: A rule would begin or end in the past, or end before it begins.
HASHMAP_VALIDITY_INVALID = "rating.hashmap.validity_invalid"
#: A rule that has been in force cannot be changed.
HASHMAP_IN_FORCE = "rating.hashmap.in_force"
#: A client cannot change the attribute.
HASHMAP_READ_ONLY = "rating.hashmap.read_only"
#: No rating module has the id.
MODULE_NOT_FOUND = "rating.module.not_found"
#: The API cannot configure the rating module.
MODULE_NOT_CONFIGURABLE = "rating.module.not_configurable"
#: The rating module is always in force and cannot be changed.
MODULE_ALWAYS_ON = "rating.module.always_on"
#: The rating module cannot be loaded, so it cannot be enabled.
MODULE_BROKEN = "rating.module.broken"
#: The resources of a quote cannot be priced.
QUOTE_INVALID = "rating.quote.invalid"
#: No script has the id, or it is deleted.
SCRIPT_NOT_FOUND = "rating.script.not_found"
#: Another script has the name.
SCRIPT_NAME_TAKEN = "rating.script.name_taken"
#: The script is not valid Python, or too long.
SCRIPT_DATA_INVALID = "rating.script.data_invalid"
#: The script would begin in the past.
SCRIPT_START_IN_PAST = "rating.script.start_in_past"
#: The script would end before it begins.
SCRIPT_END_BEFORE_START = "rating.script.end_before_start"
#: The script would have ended already.
SCRIPT_END_IN_PAST = "rating.script.end_in_past"
#: The script has been in force: only its end can be set.
SCRIPT_IN_FORCE = "rating.script.in_force"
#: The script has been in force and has an end.
SCRIPT_END_ALREADY_SET = "rating.script.end_already_set"
#: The service sets the attribute itself.
SCRIPT_READ_ONLY = "rating.script.read_only"
#: The metric definitions cannot be read on the host of the API.
METRICS_UNAVAILABLE = "rating.metrics.unavailable"
#: No rated metric has the id.
METRIC_NOT_FOUND = "rating.metric.not_found"
#: The service has no collector mapping.
MAPPING_NOT_FOUND = "rating.collector_mapping.not_found"
#: The database, the storage or Keystone does not respond; try again.
SERVICE_UNAVAILABLE = "rating.service.unavailable"
#: Internal error; the log contains the details under the request id.
SERVER_FAILED = "rating.server.failed"

#: Codes for responses of libraries, which contain no code.
BY_STATUS = {
    401: TOKEN_MISSING,
    403: POLICY_FORBIDDEN,
    404: PATH_UNKNOWN,
    405: METHOD_NOT_ALLOWED,
    411: BODY_LENGTH_MISSING,
    413: BODY_TOO_LARGE,
    415: BODY_TYPE_UNSUPPORTED,
    503: SERVICE_UNAVAILABLE,
}
