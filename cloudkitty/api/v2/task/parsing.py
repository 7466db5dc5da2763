# SPDX-License-Identifier: Apache-2.0
"""From what was sent to what the task domain works with."""

import dataclasses

import pecan

from cloudkitty.api import body
from cloudkitty.api import context as ck_context
from cloudkitty.api import paging
from cloudkitty.api import query
from cloudkitty.api import validate
from cloudkitty.db.tasks import states
from cloudkitty.tasks import errors as task_errors
from cloudkitty.tasks import request as task_request

#: Characters of a scope's identifier, as wide as its columns.
MAX_SCOPE_ID = 256
#: Characters of a user's or project's id in the table of tasks.
_MAX_OWNER = 255
#: Characters of a request's id there.
_MAX_REQUEST_ID = 64

#: Characters of an ``Idempotency-Key``.
_MAX_KEY = 255
#: Digits of the largest integer that is the key of a row (32 bits).
_MAX_ID_DIGITS = 9

_REQUIRED = (
    "scope_ids",
    "start_reprocess_time",
    "end_reprocess_time",
    "reason",
)
KEYS = (*_REQUIRED, "metrics", "mode", "allow_empty")
#: Metrics that one request names.
_MAX_METRICS = 100
#: Characters of a metric's name, as wide as the column of rated points.
_MAX_METRIC = 255
_FILTERS = ("scope_ids", "state", "mode", "batch_id", "order")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What a list request asks for; empty filters select all.

    :param marker: id of the last task of the page before.
    """

    args: query.Query
    page: paging.Page
    scope_ids: tuple[str, ...]
    states: tuple[str, ...]
    modes: tuple[str, ...]
    batch_ids: tuple[str, ...]
    ascending: bool
    marker: int | None

    @property
    def from_newest(self) -> bool:
        """Tell whether the first task of the page is the newest of all."""
        filtered = any(
            (self.scope_ids, self.states, self.modes, self.batch_ids)
        )
        return not (
            filtered or self.ascending or self.marker or self.page.offset
        )


def read_request(
    context: ck_context.RequestContext,
) -> task_request.Request:
    """Return what the body of the request in flight asks for.

    :param context: who asks; kept with the tasks.
    """
    content = body.read(KEYS, required=_REQUIRED)
    return task_request.Request(
        scope_ids=_scope_ids(content["scope_ids"]),
        start_at=validate.time(
            "start_reprocess_time", content["start_reprocess_time"]
        ),
        end_at=validate.time(
            "end_reprocess_time", content["end_reprocess_time"]
        ),
        # The domain has the rules; here it only has to be a text.
        reason=validate.text(
            "reason", content["reason"], max_length=body.MAX_BYTES, blank=True
        ),
        metrics=_metrics(content.get("metrics")),
        mode=validate.choice(
            "mode",
            _or(content.get("mode"), task_request.REPROCESS),
            task_request.MODES,
        ),
        allow_empty=validate.boolean(
            "allow_empty", _or(content.get("allow_empty"), False)
        ),
        # Without authentication these are headers that may hold anything.
        created_by=_cut(context.user_id, _MAX_OWNER),
        project_id=_cut(context.project_id, _MAX_OWNER),
        request_id=_cut(context.request_id, _MAX_REQUEST_ID),
    )


def read_key() -> str | None:
    """Return the ``Idempotency-Key`` of the request in flight, if any."""
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


def read_listing() -> Listing:
    """Return what the query of the request in flight asks for."""
    args = query.read(*_FILTERS, *paging.NAMES_WITH_MARKER)
    page = paging.read(args)
    marker = None
    if page.marker is not None:
        marker = validate.integer("marker", page.marker)
    order = "desc"
    if "order" in args:
        order = validate.choice("order", args.one("order"), ("asc", "desc"))
    return Listing(
        args=args,
        page=page,
        scope_ids=args.text_list("scope_ids"),
        states=_choices(args, "state", tuple(states.State)),
        modes=_choices(args, "mode", task_request.MODES),
        batch_ids=args.text_list("batch_id"),
        ascending=order == "asc",
        marker=marker,
    )


def scope_id(value: str) -> str:
    """Return the identifier that stands in a path."""
    return validate.text("scope_id", value, max_length=MAX_SCOPE_ID)


def batch_id(value: str) -> str:
    """Return the batch id that stands in a path."""
    return validate.text("batch_id", value)


def task_id(value: str) -> int | None:
    """Return the task id that stands in a path; None if it is none."""
    if len(value) > _MAX_ID_DIGITS or not (
        value.isascii() and value.isdigit()
    ):
        return None
    return int(value)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is to become of a task.

    :param by: user that asks.
    :param why: in words; None where nothing is said.
    """

    target: states.State
    by: str | None
    why: str | None


def read_change(context: ck_context.RequestContext) -> Change:
    """Return what the body of the request in flight asks for.

    :param context: who asks.
    """
    content = body.read(("state", "reason"), required=("state",))
    asked = validate.choice("state", content["state"], tuple(states.ACTIONS))
    why = content.get("reason")
    if why is not None:
        why = validate.text(
            "reason", why, max_length=task_request.MAX_REASON
        ).strip()
    return Change(
        target=states.State(asked),
        by=_cut(context.user_id, _MAX_OWNER),
        why=why,
    )


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
    """Return ``default`` for null, as for a key that is not there."""
    return default if value is None else value


def _choices(
    args: query.Query, name: str, options: tuple[str, ...]
) -> tuple[str, ...]:
    return tuple(
        str(validate.choice(name, item, options))
        for item in args.text_list(name)
    )


def _cut(text: str | None, length: int) -> str | None:
    return text and text[:length]
