# SPDX-License-Identifier: Apache-2.0
"""Requests of an operator who repeats what got no proper answer."""

import collections.abc
import concurrent.futures
import decimal
import time
import typing
import uuid

import requests

from cloudkitty.common import periods
from cloudkitty.tests.galera import processes
from cloudkitty.tests.machines import service as ck_service
from cloudkitty.tests.machines import site as ck_site

_TIMEOUT = 30
#: Limit for the first proper answer, in seconds.
_PATIENCE = 120
_TASKS = "/v2/task/reprocesses"


class Operator:
    """A client of the APIs.

    :param site: leads to them.
    :ivar repeated: requests that were sent again, to the API that no fault
        concerns.
    """

    def __init__(self, site: ck_site.Site) -> None:
        self._addresses = site.network.addresses
        self.repeated = 0

    def wait(self) -> None:
        """Wait until both APIs answer."""
        for host in ck_service.API_SERVERS:
            processes.wait_for(
                f"API of host {host}", lambda host=host: self._up(host), 120
            )

    def _up(self, host: int) -> bool:
        try:
            return requests.get(self._url(host, "/"), timeout=5).ok
        except requests.RequestException:
            return False

    def _url(self, host: int, path: str) -> str:
        return f"http://{self._addresses[host]}:{ck_service.API_PORT}{path}"

    def post(
        self,
        scope_ids: collections.abc.Sequence[str],
        window: periods.Window,
        host: int = ck_site.API_HOST,
    ) -> bool:
        """Post a request for tasks; return False if they overlap others."""
        hour = window.last_period(3600)
        answer = self._send(
            *("POST", _TASKS, host),
            {
                "scope_ids": list(scope_ids),
                "start_reprocess_time": window.begin.isoformat(),
                "end_reprocess_time": hour.isoformat(),
                "reason": "round",
            },
            # A repeated request makes no second task.
            key=uuid.uuid4().hex,
        )
        return self._judge(answer, 200, 400)

    def reset(
        self, scope_ids: collections.abc.Sequence[str], begin: typing.Any
    ) -> bool:
        """Order the reset of scopes; return False if one has tasks."""
        answer = self._send(
            *("PUT", "/v2/scope", ck_site.API_HOST),
            {
                "scope_id": list(scope_ids),
                "last_processed_timestamp": begin.isoformat(),
            },
        )
        return self._judge(answer, 202, 409)

    def change(
        self, task_id: int, state: str, host: int = ck_site.API_HOST
    ) -> bool:
        """Put a task into a state; return False if that is not allowed."""
        answer = self._send(
            *("PATCH", f"/v2/task/{task_id}", host), {"state": state}
        )
        return self._judge(answer, 200, 409)

    def totals(
        self, window: periods.Window, host: int = ck_site.API_HOST
    ) -> dict[str, decimal.Decimal]:
        """Return the sum of each scope."""
        query = (
            f"?begin={window.begin:%Y-%m-%dT%H:%M:%SZ}"
            f"&end={window.end:%Y-%m-%dT%H:%M:%SZ}"
            "&groupby=project_id&limit=1000&response_format=object"
        )
        answer = self._send("GET", f"/v2/summary{query}", host)
        self._judge(answer, 200)
        found = answer.json(parse_float=decimal.Decimal)["results"]
        return {
            each["project_id"]: decimal.Decimal(each["rate"]) for each in found
        }

    def _send(
        self,
        method: str,
        path: str,
        host: int,
        body: typing.Any = None,
        key: str | None = None,
    ) -> requests.Response:
        headers = {"Idempotency-Key": key} if key else {}
        give_up_at = time.monotonic() + _PATIENCE
        while True:
            try:
                answer = requests.request(
                    *(method, self._url(host, path)),
                    json=body,
                    headers=headers,
                    timeout=_TIMEOUT,
                )
                if answer.status_code < 500:
                    return answer
                problem = f"{answer.status_code} {answer.text[:200]}"
            except requests.RequestException as error:
                problem = str(error)
            if time.monotonic() > give_up_at:
                raise processes.NotReady(f"{method} {path}: {problem}")
            self.repeated += 1
            host = ck_site.API_HOST
            time.sleep(0.5)

    def _judge(
        self, answer: requests.Response, good: int, refused: int = 0
    ) -> bool:
        if answer.status_code not in (good, refused):
            raise processes.NotReady(
                f"{answer.request.method} {answer.request.path_url}: "
                f"{answer.status_code} {answer.text[:300]}"
            )
        return answer.status_code == good


def at_once(
    *calls: collections.abc.Callable[[], bool],
) -> list[bool]:
    """Call all at once, each in a thread of its own; return the results."""
    with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(lambda call: call(), calls))
