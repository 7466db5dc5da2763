# SPDX-License-Identifier: Apache-2.0
"""The resources of batches and processors, and changes of many tasks."""

import collections.abc
import typing

from cloudkitty.client import http
from cloudkitty.client import tasks

ROOT = f"{tasks.ROOT}/batches"
_PAGE = 1000


def listed(
    api: http.Api, filters: http.Query, limit: int | None, offset: int
) -> collections.abc.Iterator[http.Item]:
    """Yield the batches that match the filters, page by page.

    :param limit: maximum number of batches; ``None`` for all.
    :param offset: number of batches to skip.
    """
    left = limit
    while left is None or left > 0:
        size = _PAGE if left is None else min(left, _PAGE)
        query = [("limit", str(size)), ("offset", str(offset))]
        page = api.get(ROOT, [*filters, *query])
        found = page["batches"]
        yield from found
        offset += len(found)
        if left is not None:
            left -= len(found)
        if not found or offset >= page["total"]:
            return


def show(api: http.Api, batch_id: str) -> http.Item:
    """Return one batch with the progress of its tasks."""
    path = f"{ROOT}/{http.segment(batch_id)}"
    return typing.cast(http.Item, api.get(path))


def totals(api: http.Api, batch_id: str) -> dict[int, list[http.Item]]:
    """Return the totals of all tasks of a batch by their ids.

    It sends one request for each page of tasks.
    """
    path = f"{ROOT}/{http.segment(batch_id)}/totals"
    found: dict[int, list[http.Item]] = {}
    offset = 0
    while True:
        query = [("limit", str(_PAGE)), ("offset", str(offset))]
        page = api.get(path, query)
        found |= {task["id"]: task["totals"] for task in page["results"]}
        offset += len(page["results"])
        if not page["results"] or not page["links"]:
            return found


def change(
    api: http.Api,
    batch_id: str,
    state: str,
    reason: str | None,
    force: bool = False,
) -> http.Item:
    """Change the state of all tasks of a batch, return the batch."""
    path = f"{ROOT}/{http.segment(batch_id)}"
    body = tasks.change_body(state, reason, force)
    return typing.cast(http.Item, api.patch(path, body))


def change_matching(
    api: http.Api,
    filters: dict[str, typing.Any],
    state: str,
    reason: str | None,
    dry_run: bool,
    force: bool = False,
) -> http.Item:
    """Change the state of all tasks that match the filters.

    :param filters: ``state``, ``scope_id``, ``batch_id`` (lists), ``reason``.
    :param dry_run: only count them.
    :returns: ``matched``, ``changed``, ``dry_run``.
    """
    body = {
        **tasks.change_body(state, reason, force),
        "filters": filters,
        "dry_run": dry_run,
    }
    return typing.cast(http.Item, api.patch(tasks.ROOT, body))


def workers(api: http.Api) -> http.Item:
    """Return the workers of processors: ``workers``, and the number alive."""
    return typing.cast(http.Item, api.get(f"{tasks.ROOT}/workers"))
