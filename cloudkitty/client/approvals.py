# SPDX-License-Identifier: Apache-2.0
"""Approval of a batch, and the preview that an approver looks at."""

import typing

from osc_lib import exceptions

from cloudkitty.client import batches
from cloudkitty.client import http

AWAITING = "awaiting_approval"
#: Fields that a request and its preview have in common.
_SAME = ("begin", "end", "periods_total", "total", "allow_empty")
#: Maximum number of previews, newest first, that are compared.
_MAX_PREVIEWS = 100


def find_preview(api: http.Api, batch: http.Item) -> http.Item:
    """Return the newest complete preview of the same request.

    It sends two requests, one if there is no such preview. The service
    compares all scopes when the approval is sent.

    :param batch: batch with tasks that await approval.
    :returns: the preview with its digest.
    :raises CommandError: if no such preview exists.
    """
    filters = [
        ("mode", "preview"),
        ("state", "succeeded"),
        ("scope_id", batch["first_scope_ids"][0]),
        ("begin", batch["begin"]),
        ("end", batch["end"]),
    ]
    for preview in batches.listed(api, filters, _MAX_PREVIEWS, 0):
        if _complete(preview) and _same_request(batch, preview):
            return batches.show(api, preview["batch_id"])
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


def _complete(preview: http.Item) -> bool:
    return bool(preview["states"].get("succeeded") == preview["total"])


def _same_request(batch: http.Item, preview: http.Item) -> bool:
    if any(batch[name] != preview[name] for name in _SAME):
        return False
    # The API keeps the order of the request, and names the first scopes only.
    if batch["total"] == len(batch["first_scope_ids"]) and not _same_set(
        batch["first_scope_ids"], preview["first_scope_ids"]
    ):
        return False
    return _same_set(batch["selected_metrics"], preview["selected_metrics"])


def _same_set(one: list[str] | None, other: list[str] | None) -> bool:
    if one is None or other is None:
        return one is other
    return set(one) == set(other)
