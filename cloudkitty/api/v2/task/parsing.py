# SPDX-License-Identifier: Apache-2.0
"""Parsing of requests for tasks."""

import collections.abc
import dataclasses
import functools
import typing

import pecan

from cloudkitty.api.request import body
from cloudkitty.api.request import context as ck_context
from cloudkitty.api.request import paging
from cloudkitty.api.request import query
from cloudkitty.api.request import validate
from cloudkitty.api.request import validate_number
from cloudkitty.api.request import validate_time
from cloudkitty.api.v2.task import filter_parsing
from cloudkitty.db.tasks import filters as task_filters
from cloudkitty.db.tasks import modes as task_modes
from cloudkitty.db.tasks import states
from cloudkitty.tasks import approvals as task_approvals
from cloudkitty.tasks import errors as task_errors
from cloudkitty.tasks import request as task_request

T = typing.TypeVar("T")

#: Characters of a scope's identifier, as wide as its columns.
MAX_SCOPE_ID = 256
#: Maximum number of characters of a user or project id in the tasks table.
_MAX_OWNER = 255
#: Maximum number of characters of a request id in the tasks table.
_MAX_REQUEST_ID = 64
#: Number of characters of a batch id in the tasks table.
_MAX_BATCH_ID = 36

#: Maximum number of characters of an ``Idempotency-Key``.
_MAX_KEY = 255
#: Maximum number of digits of a row id that always fits in 32 bits.
_MAX_ID_DIGITS = 9

_REQUIRED = (
    "scope_ids",
    "start_reprocess_time",
    "end_reprocess_time",
    "reason",
)
KEYS = (
    *_REQUIRED,
    "metrics",
    "mode",
    "allow_empty",
    "force",
    "not_before",
    "max_running",
)
#: Maximum number of metrics in one request.
_MAX_METRICS = 100
#: Maximum number of characters of a metric: the column size of rated points.
_MAX_METRIC = 255
_FILTERS = ("scope_ids", "state", "mode", "batch_id", *filter_parsing.NAMES)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Parameters of a list request; an empty filter selects every task.

    :param marker: id of the last task of the previous page.
    :param details: whether the rows have prices and estimates.
    """

    args: query.Query
    page: paging.Page
    filters: task_filters.Filters
    ascending: bool
    marker: int | None
    details: bool

    @property
    def from_newest(self) -> bool:
        """Whether the list begins with the newest of all tasks."""
        filtered = any(self.filters.values())
        return not (
            filtered or self.ascending or self.marker or self.page.offset
        )


def read_request(
    context: ck_context.RequestContext,
) -> task_request.Request:
    """Return the request for tasks in the body of the current request.

    :param context: identity of the sender; stored with the tasks.
    """
    content = body.read(KEYS, required=_REQUIRED)
    return task_request.Request(
        scope_ids=_scope_ids(content["scope_ids"]),
        start_at=validate_time.time(
            "start_reprocess_time", content["start_reprocess_time"]
        ),
        end_at=validate_time.time(
            "end_reprocess_time", content["end_reprocess_time"]
        ),
        # The domain checks its content; here it must be a string.
        reason=validate.text(
            "reason", content["reason"], max_length=body.MAX_BYTES, blank=True
        ),
        metrics=_metrics(content.get("metrics")),
        mode=validate.choice(
            "mode",
            _or(content.get("mode"), task_modes.REPROCESS),
            task_modes.MODES,
        ),
        allow_empty=validate.boolean(
            "allow_empty", _or(content.get("allow_empty"), False)
        ),
        force=validate.boolean("force", _or(content.get("force"), False)),
        not_before=_or_none(
            validate_time.time, "not_before", content.get("not_before")
        ),
        max_running=_or_none(
            functools.partial(validate_number.integer, minimum=1),
            "max_running",
            content.get("max_running"),
        ),
        # Without authentication, clients can send any value in the headers.
        created_by=_cut(context.user_id, _MAX_OWNER),
        project_id=_cut(context.project_id, _MAX_OWNER),
        request_id=_cut(context.request_id, _MAX_REQUEST_ID),
    )


def read_key() -> str | None:
    """Return the ``Idempotency-Key`` of the current request, if any."""
    key = pecan.request.environ.get("HTTP_IDEMPOTENCY_KEY")
    if key is None:
        return None
    if not 1 <= len(key) <= _MAX_KEY or not (
        key.isascii() and key.isprintable() and key.strip()
    ):
        raise validate.invalid(
            "Idempotency-Key",
            key,
            "is not a valid key",
            f"1 to {_MAX_KEY} printable ASCII characters",
        )
    return key


def read_listing(period_seconds: int) -> Listing:
    """Return the parameters of a list from the current query.

    :param period_seconds: ``[collect] period``.
    """
    args = query.read(*_FILTERS, "order", "include", *paging.NAMES_WITH_MARKER)
    page = paging.read(args)
    marker = None
    if page.marker is not None:
        marker = validate_number.integer("marker", page.marker)
    order = "desc"
    if "order" in args:
        order = validate.choice("order", args.one("order"), ("asc", "desc"))
    return Listing(
        args=args,
        page=page,
        filters={
            "scope_ids": args.text_list("scope_ids"),
            "states": states_of("state", args.text_list("state")),
            "modes": modes_of("mode", args.text_list("mode")),
            "batch_ids": args.text_list("batch_id"),
            **filter_parsing.read(args, period_seconds),
        },
        ascending=order == "asc",
        marker=marker,
        details="details" in included(args, "details"),
    )


def scope_id(value: str) -> str:
    """Return the scope identifier in a path."""
    return validate.text("scope_id", value, max_length=MAX_SCOPE_ID)


def batch_id(value: str) -> str:
    """Return the batch id in a path."""
    return validate.text("batch_id", value)


def task_id(value: str) -> int | None:
    """Return the task id in a path, or ``None`` if it is not an id."""
    if len(value) > _MAX_ID_DIGITS or not (
        value.isascii() and value.isdigit()
    ):
        return None
    return int(value)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A requested change of a task's state.

    :param by: id of the requesting user.
    :param why: reason, or ``None``.
    :param force: whether closed periods may be rated again.
    """

    target: states.State
    by: str | None
    why: str | None
    force: bool


def read_change(context: ck_context.RequestContext) -> Change:
    """Return the change in the body of the current request.

    :param context: identity of the sender.
    """
    content = body.read(("state", "reason", "force"), required=("state",))
    return change_of(content, context)


def change_of(
    content: collections.abc.Mapping[str, object],
    context: ck_context.RequestContext,
) -> Change:
    """Return the change in a body with ``state``, ``reason`` and ``force``."""
    asked = validate.choice("state", content["state"], tuple(states.ACTIONS))
    return Change(
        target=states.State(asked),
        by=_cut(context.user_id, _MAX_OWNER),
        why=_reason(content),
        force=validate.boolean("force", _or(content.get("force"), False)),
    )


def read_approval(
    context: ck_context.RequestContext,
) -> task_approvals.Request:
    """Return the approval in the body of the current request.

    :param context: identity of the sender.
    """
    content = body.read(
        ("preview_batch_id", "digest", "reason", "force"),
        required=("preview_batch_id", "digest"),
    )
    return task_approvals.Request(
        by=_cut(context.user_id, _MAX_OWNER),
        preview_id=validate.text(
            "preview_batch_id",
            content["preview_batch_id"],
            max_length=_MAX_BATCH_ID,
        ),
        digest=validate.text("digest", content["digest"], max_length=64),
        why=_reason(content),
        force=validate.boolean("force", _or(content.get("force"), False)),
    )


def _reason(content: collections.abc.Mapping[str, object]) -> str | None:
    """Return the reason of a change, or ``None``."""
    why = content.get("reason")
    if why is None:
        return None
    return validate.text(
        "reason", why, max_length=task_request.MAX_REASON
    ).strip()


def _scope_ids(value: object) -> tuple[str, ...]:
    if value == [] or (isinstance(value, str) and not value.strip()):
        raise task_errors.NoScopes()
    return validate.text_list("scope_ids", value, max_length=MAX_SCOPE_ID)


def _metrics(value: object) -> tuple[str, ...] | None:
    if value is None:
        return None
    return validate.text_list(
        "metrics", value, max_length=_MAX_METRIC, max_items=_MAX_METRICS
    )


def _or(value: object, default: object) -> object:
    """Return ``default`` for null, as for a missing key."""
    return default if value is None else value


def _or_none(
    read: collections.abc.Callable[[str, object], T], name: str, value: object
) -> T | None:
    """Return ``None`` for null, as for a missing key."""
    return None if value is None else read(name, value)


def states_of(
    name: str, values: collections.abc.Iterable[str]
) -> tuple[str, ...]:
    """Return some states, each checked."""
    return _choices(name, values, tuple(states.State))


def included(args: query.Query, *parts: str) -> frozenset[str]:
    """Return the optional parts of a response that ``include`` names.

    :param parts: the known ones.
    """
    return frozenset(_choices("include", args.text_list("include"), parts))


def modes_of(
    name: str, values: collections.abc.Iterable[str]
) -> tuple[str, ...]:
    """Return some modes, each checked."""
    return _choices(name, values, task_modes.MODES)


def _choices(
    name: str, values: collections.abc.Iterable[str], options: tuple[str, ...]
) -> tuple[str, ...]:
    return tuple(str(validate.choice(name, item, options)) for item in values)


def _cut(text: str | None, length: int) -> str | None:
    return text and text[:length]
