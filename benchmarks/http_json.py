# SPDX-License-Identifier: Apache-2.0
"""A small HTTP client for JSON."""

import http.client
import json
import time
import typing
import urllib.parse

from benchmarks import processes
from benchmarks import settings as ck_settings


class Client:
    """Talks to one server on the loopback address.

    :param port: its port.
    """

    def __init__(self, port: int, timeout: float = 600) -> None:
        self.port = port
        self._timeout = timeout

    def request(
        self, method: str, target: str, body: typing.Any = None
    ) -> tuple[int, bytes]:
        """Return status and body of the answer.

        :param body: sent as JSON; None for none.
        :raises OSError: if there is no answer.
        """
        connection = http.client.HTTPConnection(
            ck_settings.HOST, self.port, timeout=self._timeout
        )
        headers = {}
        if body is not None:
            body = json.dumps(body)
            headers["Content-Type"] = "application/json"
        try:
            connection.request(method, target, body=body, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def call(
        self,
        method: str,
        target: str,
        body: typing.Any = None,
        **query: typing.Any,
    ) -> typing.Any:
        """Return the JSON of the answer; None for none.

        :raises processes.Failed: for an answer that is no success.
        """
        if query:
            target += "?" + urllib.parse.urlencode(query)
        status, text = self.request(method, target, body)
        # Upstream answers 302 to a PUT that succeeded.
        if status >= 400:
            raise processes.Failed(f"{method} {target}: {status} {text[:500]}")
        try:
            return json.loads(text)
        except ValueError:
            return None

    def wait(self, target: str, process: processes.Process) -> None:
        """Wait until the server answers anything but an error of its own.

        :raises processes.Failed: if it ends, or does not within a minute.
        """
        give_up_at = time.monotonic() + 60
        while True:
            process.check()
            try:
                if self.request("GET", target)[0] < 500:
                    return
            except (OSError, http.client.HTTPException):
                pass
            if time.monotonic() > give_up_at:
                raise processes.Failed(f"{process.name} does not answer")
            time.sleep(0.05)
