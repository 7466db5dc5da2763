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
from cloudkitty.api.v2.task import content_parsing
from cloudkitty.api.v2.task import filter_parsing
from cloudkitty.db.tasks import filters as task_filters
from cloudkitty.db.tasks import modes as task_modes
from cloudkitty.db.tasks import states
from cloudkitty.tasks import approvals as task_approvals
from cloudkitty.tasks import previews
from cloudkitty.tasks import request as task_request

T = typing.TypeVar("T")

#: Maximum number of characters of a user or project id in the tasks table.
_MAX_OWNER = 255
#: Maximum number of characters of a request id in the tasks table.
_MAX_REQUEST_ID = 64
#: Maximum number of characters of an ``Idempotency-Key``.
_MAX_KEY = 255
#: Maximum number of digits of a row id that always fits in 32 bits.
_MAX_ID_DIGITS = 9

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
    read_preview: collections.abc.Callable[[str, str], previews.Content],
) -> task_request.Request:
    """Return the request for tasks in the body of the current request.

    :param context: identity of the sender; stored with the tasks.
    :param read_preview: returns the content of a preview by its batch and
        its digest.
    """
    content = body.read(content_parsing.KEYS, required=("reason",))
    return task_request.Request(
        **content_parsing.read(content, read_preview),
        # The domain checks its content; here it must be a string.
        reason=validate.text(
            "reason", content["reason"], max_length=body.MAX_BYTES, blank=True
        ),
        force=_force(content),
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
    return validate.text(
        "scope_id", value, max_length=content_parsing.MAX_SCOPE_ID
    )


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
        force=_force(content),
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
    batch, digest = content_parsing.read_preview_id(content)
    return task_approvals.Request(
        by=_cut(context.user_id, _MAX_OWNER),
        preview_id=batch,
        digest=digest,
        why=_reason(content),
        force=_force(content),
    )


def _force(content: collections.abc.Mapping[str, object]) -> bool:
    """Return whether closed periods may be rated again."""
    return validate.boolean(
        "force", content_parsing.or_default(content.get("force"), False)
    )


def _reason(content: collections.abc.Mapping[str, object]) -> str | None:
    """Return the reason of a change, or ``None``."""
    why = content.get("reason")
    if why is None:
        return None
    return validate.text(
        "reason", why, max_length=task_request.MAX_REASON
    ).strip()


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
