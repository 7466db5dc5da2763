# SPDX-License-Identifier: Apache-2.0
"""Requests to the rating API with the user's token.

Each method is one request. The token is that of the user's session in
Horizon, so Keystone issues no token for a request.
"""

import dataclasses
import functools
import typing
import urllib.parse

from django.conf import settings
from keystoneauth1 import exceptions as ksa_exceptions
from keystoneauth1 import session as ksa_session
from keystoneauth1 import token_endpoint
from openstack_dashboard.api import base

#: Seconds until a request without a response fails.
TIMEOUT = 60
#: Name and value; a name can be repeated.
Query = list[tuple[str, str]]
Item = dict[str, typing.Any]
_HASHMAP = "/v1/rating/module_config/hashmap"


class RatingError(Exception):
    """The API refused a request, or did not answer.

    :param status: HTTP status; 503 if there is no response.
    :param message: the API's own message.
    :param code: one of the codes in the API reference, or "".
    """

    def __init__(self, status: int, message: str, code: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code


@dataclasses.dataclass(frozen=True)
class Answer:
    """JSON of a resource, and the headers of its response.

    :param body: parsed JSON.
    :param etag: value for ``If-None-Match``, or "".
    :param location: URL of what was created, or "".
    """

    body: typing.Any
    etag: str = ""
    location: str = ""


@functools.cache
def _session(verify: bool | str) -> ksa_session.Session:
    # One for all requests: connections stay open.
    return ksa_session.Session(verify=verify, timeout=TIMEOUT)


def session() -> ksa_session.Session:
    """Return the session that has Horizon's settings for certificates."""
    if settings.OPENSTACK_SSL_NO_VERIFY:
        return _session(False)
    return _session(settings.OPENSTACK_SSL_CACERT or True)


class Client:
    """The rating API of the region that the user has chosen.

    :param request: the Django request.
    """

    def __init__(self, request) -> None:
        self._auth = token_endpoint.Token(
            base.url_for(request, "rating").rstrip("/"),
            request.user.token.id,
        )

    def get(
        self, path: str, query: Query | None = None, etag: str = ""
    ) -> Answer | None:
        """Return a resource, or None if it still has ``etag``.

        :raises RatingError: if the status is neither 2xx nor 304.
        """
        headers = {"If-None-Match": etag} if etag else {}
        return self._send("GET", path, params=query or [], headers=headers)

    def batches(self, query: Query, etag: str = "") -> Answer | None:
        """Return a page of orders and the numbers of all tasks."""
        query = [("include", "overview"), *query]
        return self.get("/v2/task/batches", query, etag)

    def batch(
        self, batch_id: str, query: Query, etag: str = ""
    ) -> Answer | None:
        """Return an order with a page of its tasks."""
        path = f"/v2/task/batches/{_quoted(batch_id)}"
        return self.get(path, [("include", "tasks"), *query], etag)

    def task(self, task_id: int, etag: str = "") -> Answer | None:
        """Return a task with its first exceptional periods and its days."""
        query = [("include", "periods"), ("include", "days")]
        return self.get(f"/v2/task/{task_id}", query, etag)

    def change_task(self, task_id: int, body: Item) -> Item:
        """Change the state of a task; return the task.

        :param body: with ``state``; ``reason`` and ``force`` are optional.
        """
        answer = self._send("PATCH", f"/v2/task/{task_id}", json=body)
        return answer.body if answer else {}

    def workers(self) -> list[Item]:
        """Return the workers that were seen within a day."""
        answer = self.get("/v2/task/workers")
        return answer.body["workers"] if answer else []

    def rules(self) -> Item:
        """Return all rules of hashmap with their services and fields."""
        answer = self.get(f"{_HASHMAP}/rules")
        return answer.body if answer else {}

    def change_mapping(
        self, mapping_id: str, cost: str, start: str, force: bool
    ) -> None:
        """Give a mapping another price from a time on.

        :param force: allow a start in the past.
        """
        body: Item = {"cost": cost, "start": start}
        if force:
            body["force"] = True
        path = f"{_HASHMAP}/mappings/{_quoted(mapping_id)}/price"
        self._send("POST", path, json=body)

    def change_threshold(self, threshold_id: str, cost: str) -> None:
        """Give a threshold another price."""
        path = f"{_HASHMAP}/thresholds/{_quoted(threshold_id)}/price"
        self._send("POST", path, json={"cost": cost})

    def provisional(self) -> list[Item]:
        """Return the windows, of any time, that tasks are changing.

        Of a user who is not an administrator, those of the project. The API
        returns them with sums: no metric has this name, so it sums nothing.
        """
        query = [
            ("begin", "2000-01-01"),
            ("end", "2100-01-01"),
            ("filters", "type:-"),
        ]
        answer = self.get("/v2/summary", query)
        return answer.body["provisional"] if answer else []

    def choices(self) -> Item:
        """Return what a new order can select, and its limits."""
        query = [("include", "scopes"), ("include", "metrics")]
        answer = self.get("/v2/task", query)
        return answer.body if answer else {}

    def create(self, body: Item, key: str) -> str:
        """Create tasks; return the id of their batch.

        :param key: a repetition with the same key creates nothing.
        """
        answer = self._send(
            "POST",
            "/v2/task/reprocesses",
            json=body,
            headers={"Idempotency-Key": key},
        )
        location = urllib.parse.urlsplit(answer.location if answer else "")
        return urllib.parse.parse_qs(location.query)["batch_id"][0]

    def change(self, filters: Item, body: Item) -> Item:
        """Change the state of all tasks that match; return the numbers.

        :param body: as of ``change_task``.
        """
        answer = self._send(
            "PATCH", "/v2/task", json={**body, "filters": filters}
        )
        return answer.body if answer else {}

    def previews(self, query: Query) -> list[Item]:
        """Return previews that match, newest first: 100 at most."""
        query = [("mode", "preview"), ("limit", "100"), *query]
        answer = self.get("/v2/task/batches", query)
        return answer.body["batches"] if answer else []

    def approve(self, batch_id: str, body: Item) -> Item:
        """Approve an order; return it with the number of changed tasks.

        :param body: with ``preview_batch_id`` and its ``digest``; ``reason``
            and ``force`` are optional.
        """
        path = f"/v2/task/batches/{_quoted(batch_id)}/approve"
        answer = self._send("POST", path, json=body)
        return answer.body if answer else {}

    def _send(self, method: str, path: str, **arguments) -> Answer | None:
        try:
            response = session().request(
                path,
                method,
                auth=self._auth,
                endpoint_filter={"service_type": "rating"},
                raise_exc=False,
                **arguments,
            )
        except ksa_exceptions.ClientException as error:
            raise RatingError(503, str(error)) from error
        if response.status_code == 304:
            return None
        if not response.ok:
            raise _error(response)
        return Answer(
            body=response.json() if response.content else None,
            etag=response.headers.get("ETag", ""),
            location=response.headers.get("Location", ""),
        )


def _quoted(segment: str) -> str:
    return urllib.parse.quote(segment, safe="")


def _error(response) -> RatingError:
    status = response.status_code
    try:
        body = response.json()
        message = str(body.get("message") or response.reason)
        errors = body.get("errors") or [{}]
        return RatingError(status, message, str(errors[0].get("code", "")))
    except (ValueError, AttributeError):
        # A proxy answers with HTML.
        return RatingError(status, str(response.reason))
