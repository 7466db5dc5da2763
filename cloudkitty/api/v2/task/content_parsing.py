# SPDX-License-Identifier: Apache-2.0
"""Parsing of the scopes, the window and the options of requests for tasks."""

import collections.abc
import dataclasses
import typing

from cloudkitty.api.request import validate
from cloudkitty.api.request import validate_time
from cloudkitty.db.tasks import modes as task_modes
from cloudkitty.tasks import errors as task_errors
from cloudkitty.tasks import previews

T = typing.TypeVar("T")
Body = collections.abc.Mapping[str, object]

#: Characters of a scope's identifier, as wide as its columns.
MAX_SCOPE_ID = 256
#: Number of characters of a batch id in the tasks table.
_MAX_BATCH_ID = 36

_REQUIRED = (
    "scope_ids",
    "start_reprocess_time",
    "end_reprocess_time",
    "reason",
)
_OPTIONS = ("metrics", "mode", "allow_empty")
KEYS = (
    *_REQUIRED,
    *_OPTIONS,
    "force",
    "not_before",
    "max_running",
    "preview_batch_id",
    "digest",
)
#: Keys whose values are those of the preview in an order of it.
_OF_PREVIEW = tuple(
    name for name in (*_REQUIRED, *_OPTIONS) if name != "reason"
)
#: Maximum number of metrics in one request.
_MAX_METRICS = 100
#: Maximum number of characters of a metric: the column size of rated points.
_MAX_METRIC = 255


def read(
    content: Body,
    read_preview: collections.abc.Callable[[str, str], previews.Content],
) -> dict[str, typing.Any]:
    """Return fields of a request: its own, or those of a preview.

    :param content: the body.
    :param read_preview: returns the content of a preview by its batch and
        its digest.
    """
    if content.get("preview_batch_id") is None:
        return _selected(content)
    return _ordered(content, read_preview)


def read_preview_id(
    content: Body,
) -> tuple[str, str]:
    """Return the batch and the digest of a preview in a body."""
    return (
        validate.text(
            "preview_batch_id",
            content["preview_batch_id"],
            max_length=_MAX_BATCH_ID,
        ),
        validate.text("digest", content["digest"], max_length=64),
    )


def or_default(value: object, default: object) -> object:
    """Return ``default`` for null, as for a missing key."""
    return default if value is None else value


def _selected(
    content: Body,
) -> dict[str, typing.Any]:
    """Return the scopes, the window and the options in a body."""
    validate.required(content, _REQUIRED)
    if content.get("digest") is not None:
        raise validate.invalid(
            "digest",
            content["digest"],
            "is not one of a preview",
            "it with preview_batch_id",
        )
    return {
        "scope_ids": _scope_ids(content["scope_ids"]),
        "start_at": validate_time.time(
            "start_reprocess_time", content["start_reprocess_time"]
        ),
        "end_at": validate_time.time(
            "end_reprocess_time", content["end_reprocess_time"]
        ),
        "metrics": _metrics(content.get("metrics")),
        "mode": validate.choice(
            "mode",
            or_default(content.get("mode"), task_modes.REPROCESS),
            task_modes.MODES,
        ),
        "allow_empty": validate.boolean(
            "allow_empty", or_default(content.get("allow_empty"), False)
        ),
    }


def _ordered(
    content: Body,
    read_preview: collections.abc.Callable[[str, str], previews.Content],
) -> dict[str, typing.Any]:
    """Return the same of a preview that is ordered as shown."""
    validate.required(content, ("digest",))
    for name in _OF_PREVIEW:
        if content.get(name) is not None:
            raise validate.invalid(
                name,
                content[name],
                "is that of the preview",
                "preview_batch_id without it",
            )
    batch, digest = read_preview_id(content)
    return {
        **dataclasses.asdict(read_preview(batch, digest)),
        "preview_batch_id": batch,
        "preview_digest": digest,
    }


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
