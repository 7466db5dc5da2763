# SPDX-License-Identifier: Apache-2.0
"""Approval of a batch, and the preview that an approver looks at."""

import collections.abc
import typing

from osc_lib import exceptions

from cloudkitty.client import batches
from cloudkitty.client import http
from cloudkitty.client import tasks

AWAITING = "awaiting_approval"
#: Fields that the tasks of a request and of its preview have in common.
_SAME = ("start_reprocess_time", "end_reprocess_time", "period_seconds")
_SAME_DETAILS = ("metrics", "allow_empty")
#: Maximum number of tasks of previews, newest first, that are compared.
_MAX_PREVIEWS = 100


def find_preview(api: http.Api, batch: http.Item) -> http.Item:
    """Return the newest complete preview of the same request.

    :param batch: batch with tasks that await approval.
    :raises CommandError: if no such preview exists.
    """
    for preview in _previews(api, batch):
        if (
            preview["total"] == batch["total"]
            and preview["states"].get("succeeded") == preview["total"]
        ):
            return preview
    raise exceptions.CommandError(
        "no complete preview of this request was found: create one with "
        "openstack rating reprocess preview and the same scopes, window and "
        "metrics, or send the id of its batch with --preview"
    )


def approve(
    api: http.Api,
    batch_id: str,
    preview_id: str,
    digest: str,
    *,
    reason: str | None,
    force: bool,
) -> http.Item:
    """Approve a batch, return it with the number of ``changed`` tasks.

    It may be repeated: a second approval of one user changes nothing.

    :param digest: digest of the preview that the approver has seen.
    :raises ApiError: if the API refuses the request.
    """
    body: http.Item = {"preview_batch_id": preview_id, "digest": digest}
    if reason is not None:
        body["reason"] = reason
    if force:
        body["force"] = True
    path = f"{batches.ROOT}/{http.segment(batch_id)}/approve"
    return typing.cast(http.Item, http.content(api.post(path, body, {})))


def hint(batch_id: str) -> str:
    """Return how to continue with a batch that awaits approval."""
    return (
        f"Batch {batch_id} awaits the approval of another user:\n"
        f"openstack rating reprocess batch approve {batch_id}"
    )


def _previews(
    api: http.Api, batch: http.Item
) -> collections.abc.Iterator[http.Item]:
    """Yield the batches of previews with one task like that of a batch."""
    mine = [("batch_id", batch["batch_id"])]
    for task in tasks.listed(api, mine, limit=1):
        details = tasks.show(api, task["id"])
        filters = [
            ("scope_ids", task["scope_id"]),
            ("mode", "preview"),
            ("state", "succeeded"),
        ]
        for other in tasks.listed(api, filters, limit=_MAX_PREVIEWS):
            if not _equal(task, other, _SAME):
                continue
            if _equal(details, tasks.show(api, other["id"]), _SAME_DETAILS):
                yield batches.show(api, other["batch_id"])


def _equal(
    one: http.Item, other: http.Item, names: collections.abc.Iterable[str]
) -> bool:
    return all(
        _comparable(one[name]) == _comparable(other[name]) for name in names
    )


def _comparable(value: typing.Any) -> typing.Any:
    # Metrics are a set; the API keeps the order of the request.
    return sorted(value) if isinstance(value, list) else value
