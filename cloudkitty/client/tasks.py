# SPDX-License-Identifier: Apache-2.0
"""The resources of tasks: ``/v2/task`` and ``/v2/task/reprocesses``."""

import collections.abc
import dataclasses
import datetime
import typing
import urllib.parse
import uuid

from osc_lib import exceptions

from cloudkitty.client import http
from cloudkitty.common import periods

LIST = "/v2/task/reprocesses"
ROOT = "/v2/task"
#: Tasks of one page; the API may allow fewer.
_PAGE = 1000
#: States without a further change.
FINISHED = ("succeeded", "failed", "cancelled")
#: Period that is assumed if there is no task yet, in seconds: the default of
#: ``[collect] period``. The created tasks show the true one.
DEFAULT_PERIOD = 3600
#: Errors whose message contains the end of a window.
_NAMES_END = (
    "rating.task.overlaps",
    "rating.task.window_not_rated",
    "rating.task.window_unaligned",
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class NewTasks:
    """A request for tasks.

    :param scope_ids: ids, or ``["ALL"]``.
    :param metrics: ``None`` for all.
    :param key: ``Idempotency-Key``; ``None`` creates one.
    :param force: rate closed periods again.
    :param not_before: aware time before which the tasks are not executed.
    :param max_running: number of the tasks that may run at once.
    """

    scope_ids: list[str]
    window: periods.Window
    period_seconds: int
    reason: str
    metrics: list[str] | None
    mode: str
    allow_empty: bool
    key: str | None
    force: bool = False
    not_before: datetime.datetime | None = None
    max_running: int | None = None

    def body(self) -> http.Item:
        """Return the JSON of the request."""
        last = self.window.last_period(self.period_seconds)
        body: http.Item = {
            "scope_ids": self.scope_ids,
            "start_reprocess_time": self.window.begin.isoformat(),
            "end_reprocess_time": last.isoformat(),
            "reason": self.reason,
        }
        # The keys of upstream's API come first; ours only if they are used.
        if self.metrics is not None:
            body["metrics"] = self.metrics
        if self.mode != "reprocess":
            body["mode"] = self.mode
        if self.allow_empty:
            body["allow_empty"] = True
        if self.force:
            body["force"] = True
        if self.not_before is not None:
            body["not_before"] = self.not_before.isoformat()
        if self.max_running is not None:
            body["max_running"] = self.max_running
        return body


def create(api: http.Api, new: NewTasks) -> str:
    """Create tasks, return their ``batch_id``.

    The request has an ``Idempotency-Key``, so that it can be repeated if the
    connection breaks.

    :raises ApiError: if the API refuses the request.
    """
    try:
        return _post(api, new.body(), new.key)
    except http.ApiError as error:
        if error.code not in _NAMES_END:
            raise
        # With its end, a repetition would miss the last period.
        raise exceptions.CommandError(
            f"{error}. In this message an end is the beginning of the last "
            f"period, {new.period_seconds} seconds before --end"
        ) from error


def order(
    api: http.Api,
    preview_id: str,
    digest: str,
    *,
    reason: str,
    force: bool,
    key: str | None,
) -> str:
    """Create the tasks that a preview has shown, return their ``batch_id``.

    :param digest: digest of the preview.
    :param key: as in ``NewTasks``.
    :raises ApiError: if the API refuses the request.
    """
    body: http.Item = {
        "reason": reason,
        "preview_batch_id": preview_id,
        "digest": digest,
    }
    if force:
        body["force"] = True
    return _post(api, body, key)


def _post(api: http.Api, body: http.Item, key: str | None) -> str:
    """Create tasks, return their ``batch_id``."""
    key = key or f"openstack-{uuid.uuid4()}"
    response = api.post(LIST, body, {"Idempotency-Key": key})
    location = urllib.parse.urlsplit(response.headers.get("Location", ""))
    batches = urllib.parse.parse_qs(location.query).get("batch_id")
    if not batches:
        raise exceptions.CommandError(
            "the tasks are created, but the response does not name them: "
            "openstack rating reprocess list"
        )
    return batches[0]


def listed(
    api: http.Api, filters: http.Query, limit: int | None = None
) -> collections.abc.Iterator[http.Item]:
    """Yield the tasks that match the filters, page by page.

    :param limit: maximum number of tasks; ``None`` for all.
    """
    query = [*filters, ("limit", str(min(limit or _PAGE, _PAGE)))]
    count = 0
    while True:
        page = api.get(LIST, query)
        for task in page["results"]:
            yield task
            count += 1
            if count == limit:
                return
        if not page["links"]:
            return
        following = urllib.parse.urlsplit(page["links"][0]["href"])
        query = urllib.parse.parse_qsl(following.query)


def show(api: http.Api, task_id: object) -> http.Item:
    """Return one task with its details."""
    return typing.cast(http.Item, api.get(f"{ROOT}/{http.segment(task_id)}"))


def notes(
    api: http.Api, task_id: object
) -> collections.abc.Iterator[http.Item]:
    """Yield the exceptional periods of a task."""
    offset = 0
    while True:
        query = [("limit", str(_PAGE)), ("offset", str(offset))]
        path = f"{ROOT}/{http.segment(task_id)}/periods"
        page = api.get(path, query)
        yield from page["results"]
        offset += len(page["results"])
        if not page["results"] or not page["links"]:
            return


def change(
    api: http.Api,
    task_id: object,
    state: str,
    reason: str | None,
    force: bool = False,
) -> http.Item:
    """Change the state of a task, return the task."""
    path = f"{ROOT}/{http.segment(task_id)}"
    body = change_body(state, reason, force)
    return typing.cast(http.Item, api.patch(path, body))


def change_body(state: str, reason: str | None, force: bool) -> http.Item:
    """Return the JSON of a change of one task or batch."""
    body: http.Item = {"state": state}
    if reason is not None:
        body["reason"] = reason
    if force:
        body["force"] = True
    return body


def period_seconds(api: http.Api) -> int:
    """Return the length of the periods: that of the newest task."""
    for task in listed(api, [], limit=1):
        if task["period_seconds"]:
            return int(task["period_seconds"])
    return DEFAULT_PERIOD
