# SPDX-License-Identifier: Apache-2.0
"""Requests to the rating API, with errors for a user."""

import contextlib
import datetime
import typing
import urllib.parse

import requests
from keystoneauth1 import adapter
from keystoneauth1 import exceptions as ksa_exceptions
from keystoneauth1 import session as ksa_session
from osc_lib import exceptions

#: Seconds until a request without a response fails.
_TIMEOUT = 60
#: Repetitions of a request that creates something, if there is no response.
_CREATE_RETRIES = 2

NOT_FOUND = 404
#: Code of an error to the option that its message calls by a field's name.
_OPTIONS = {
    "rating.task.window_closed": "The option of the command is --force"
}

Query = list[tuple[str, str]]
#: JSON object of a task, batch or processor.
Item = dict[str, typing.Any]


class ApiError(exceptions.CommandError):
    """The API refused a request.

    :param status: HTTP status.
    :param message: the API's own message.
    :param code: one of the codes in the API reference, if there is one.
    """

    def __init__(self, status: int, message: str, code: str = "") -> None:
        super().__init__(f"{message} (HTTP {status})")
        self.status = status
        self.message = message
        self.code = code


class Unreachable(exceptions.CommandError):
    """No response; the request may be repeated later."""


class Api:
    """The rating API of one cloud.

    :param connection: its adapter.
    """

    def __init__(self, connection: adapter.Adapter) -> None:
        self._connection = connection

    def get(self, path: str, query: Query | None = None) -> typing.Any:
        """Return the JSON of a resource.

        :param query: names and values; a name can be repeated.
        :raises ApiError: if the status is not 2xx.
        :raises Unreachable: if there is no response.
        """
        if query:
            path = f"{path}?{urllib.parse.urlencode(query)}"
        return content(self._send("GET", path))

    def patch(self, path: str, body: dict[str, typing.Any]) -> typing.Any:
        """Change a resource, return the JSON of the response.

        :raises: as ``get``.
        """
        return content(self._send("PATCH", path, json=body))

    def post(
        self,
        path: str,
        body: dict[str, typing.Any],
        headers: dict[str, str],
        *,
        repeat: bool = True,
    ) -> requests.Response:
        """Send a request, return the response.

        :param headers: they make a repetition harmless.
        :param repeat: repeat it if there is no response.
        :raises: as ``get``.
        """
        return self._send(
            "POST",
            path,
            json=body,
            headers=headers,
            connect_retries=_CREATE_RETRIES if repeat else 0,
        )

    def _send(
        self, method: str, path: str, **arguments: typing.Any
    ) -> requests.Response:
        try:
            response = self._connection.request(
                path,
                method,
                raise_exc=False,
                timeout=_TIMEOUT,
                **arguments,
            )
        except ksa_exceptions.ConnectFailure as error:
            # The rest are the layers of the library that failed.
            cause, _, _ = str(error).partition(": ")
            raise Unreachable(
                f"the rating service does not answer: {cause}"
            ) from error
        if not response.ok:
            raise _refusal(response)
        return response


def connect(session: ksa_session.Session, **where: typing.Any) -> Api:
    """Return the API that the catalogue of ``session`` names.

    :param where: ``interface``, ``region_name``, ``endpoint_override``.
    """
    return Api(
        adapter.Adapter(
            session=session,
            service_type="rating",
            user_agent="cloudkitty-client",
            **where,
        )
    )


def segment(value: object) -> str:
    """Return ``value`` as one segment of a path."""
    return urllib.parse.quote(str(value), safe="")


def content(response: requests.Response) -> typing.Any:
    """Return the JSON of a response.

    :raises ApiError: if it is not JSON.
    """
    try:
        return response.json()
    except requests.JSONDecodeError as error:
        raise ApiError(
            response.status_code, "the response is not JSON"
        ) from error


def time(text: str) -> datetime.datetime:
    """Return a time of a response, in UTC; most have no offset."""
    at = datetime.datetime.fromisoformat(text)
    at = at if at.tzinfo else at.replace(tzinfo=datetime.UTC)
    return at.astimezone(datetime.UTC)


def _refusal(response: requests.Response) -> ApiError:
    message, code = response.reason or "the request failed", ""
    try:
        content = response.json()
    except requests.JSONDecodeError:
        # Not of our API: a proxy's page has nothing for a user.
        content = None
    if isinstance(content, dict):
        message = _message(content) or message
        with contextlib.suppress(LookupError, TypeError):
            code = str(content["errors"][0]["code"])
    if code in _OPTIONS:
        message = f"{message}. {_OPTIONS[code]}"
    return ApiError(response.status_code, message, code)


def _message(content: Item) -> str | None:
    """Return the message of our API or of keystonemiddleware."""
    for found in (content.get("message"), content.get("error")):
        if isinstance(found, dict):
            found = found.get("message")
        if isinstance(found, str) and found:
            return found
    return None
