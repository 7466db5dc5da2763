# SPDX-License-Identifier: Apache-2.0
"""The preview that shows what an order would change."""

from cloudkitty_reprocess_dashboard import client

#: What an order and its preview have in common.
_SAME = ("begin", "end", "total", "allow_empty")
#: Tasks of one request, if the API does not limit it to fewer.
_PAGE = 1000


def find(api: client.Client, batch_id: str) -> str | None:
    """Return the id of the newest complete preview of an order.

    Without a complete one, it is the newest that may become complete. One or
    two requests. The scopes of a large order are compared by their number:
    the API compares all of them when the order is approved.

    :returns: None if no preview of the order exists.
    """
    order = _order(api, batch_id)
    if order["preview_batch_id"]:
        return str(order["preview_batch_id"])
    previews = [
        preview
        for preview in api.previews(
            [
                ("scope_id", order["first_scope_ids"][0]),
                ("begin", order["begin"]),
                ("end", order["end"]),
            ]
        )
        if _is_of(order, preview)
    ]
    for accepted in (_is_complete, _is_unfinished):
        for preview in previews:
            if accepted(preview):
                return str(preview["batch_id"])
    return None


def request(api: client.Client, batch_id: str, reason: str) -> client.Item:
    """Return the body of a request for a preview of an order.

    One request for each 1,000 tasks.

    :param reason: of the preview; "" for that of the order.
    """
    order = _order(api, batch_id)
    tasks = list(order["tasks"])
    while len(tasks) < order["tasks_total"]:
        page = _order(api, batch_id, len(tasks))["tasks"]
        if not page:
            break
        tasks += page
    metrics = order["selected_metrics"]
    return {
        "scope_ids": sorted({task["scope_id"] for task in tasks}),
        "start_reprocess_time": tasks[0]["start_reprocess_time"],
        "end_reprocess_time": tasks[0]["end_reprocess_time"],
        "reason": reason or order["reason"],
        "mode": "preview",
        **({"metrics": metrics} if metrics else {}),
        **({"allow_empty": True} if order["allow_empty"] else {}),
    }


def _order(api: client.Client, batch_id: str, offset: int = 0) -> client.Item:
    query = [("limit", str(_PAGE)), ("offset", str(offset))]
    answer = api.batch(batch_id, query)
    return answer.body if answer else {}


def _is_of(order: client.Item, preview: client.Item) -> bool:
    return (
        all(order[name] == preview[name] for name in _SAME)
        and _set(order["selected_metrics"])
        == _set(preview["selected_metrics"])
        and (
            # The API names the first scopes only.
            order["total"] > len(order["first_scope_ids"])
            or _set(order["first_scope_ids"])
            == _set(preview["first_scope_ids"])
        )
    )


def _set(names: list[str] | None) -> set[str] | None:
    return None if names is None else set(names)


def _is_complete(preview: client.Item) -> bool:
    return bool(preview["states"].get("succeeded") == preview["total"])


def _is_unfinished(preview: client.Item) -> bool:
    states = preview["states"]
    return not (states.get("failed") or states.get("cancelled"))
