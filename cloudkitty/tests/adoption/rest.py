# SPDX-License-Identifier: Apache-2.0
"""Requests that the APIs of both projects accept."""

import datetime
import decimal
import typing

import requests

from cloudkitty.tests.adoption import samples

_SECONDS = 120
#: Validity of the price rules: before every sample.
_START = "2020-01-01T00:00:00"


class Refused(Exception):
    """A response with an unexpected status."""

    def __init__(self, response: requests.Response) -> None:
        self.status = response.status_code
        self.text = response.text
        super().__init__(f"{self.status}: {self.text[:500]}")


class Client:
    """Client of an API without authentication.

    :param url: without a slash at the end.
    """

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, method: str, path: str, **options: typing.Any) -> typing.Any:
        """Return the decoded body of a response.

        :raises Refused: for a status of 400 or more.
        """
        response = requests.request(
            method,
            f"{self.url}{path}",
            timeout=_SECONDS,
            allow_redirects=False,
            **options,
        )
        if response.status_code >= 400:
            raise Refused(response)
        return response.json() if response.content else None

    def add_scope(self, scope_id: str, last: datetime.datetime) -> None:
        """Add a scope whose last rated period begins at ``last``."""
        body = {
            "scope_id": scope_id,
            "scope_key": "project_id",
            "fetcher": "source",
            "collector": "prometheus",
            "last_processed_timestamp": last.isoformat(),
        }
        self.ask("POST", "/v2/scope", json=body)

    def scopes(self) -> dict[str, datetime.datetime]:
        """Return the beginning of the last rated period of each scope."""
        found = self.ask("GET", "/v2/scope")["results"]
        return {
            row["scope_id"]: datetime.datetime.fromisoformat(
                row["last_processed_timestamp"]
            )
            for row in found
        }

    def enable_hashmap(self) -> None:
        """Enable the rating module ``hashmap`` with a service per metric."""
        self.ask(
            *("PUT", "/v1/rating/modules/hashmap"),
            json={"module_id": "hashmap", "enabled": True, "priority": 1},
        )
        for name, _most in samples.METRICS.values():
            self.ask("POST", f"{_HASHMAP}/services", json={"name": name})

    def set_cost(self, cost: decimal.Decimal) -> None:
        """Replace the rules: one unit of each metric costs ``cost``."""
        services = self.ask("GET", f"{_HASHMAP}/services")["services"]
        for service in services:
            one = service["service_id"]
            old = self.ask(
                "GET", f"{_HASHMAP}/mappings", params={"service_id": one}
            )
            for mapping in old["mappings"]:
                self.ask(
                    "DELETE", f"{_HASHMAP}/mappings/{mapping['mapping_id']}"
                )
            self.ask(
                *("POST", f"{_HASHMAP}/mappings"),
                params={"force": "true"},
                json={
                    "service_id": one,
                    "type": "flat",
                    "cost": str(cost),
                    "start": _START,
                },
            )

    def post_task(
        self,
        scope_id: str,
        start: datetime.datetime,
        end: datetime.datetime,
        **more: typing.Any,
    ) -> None:
        """Request a reprocess; ``end`` is the beginning of its last period."""
        body = {
            "scope_ids": [scope_id],
            "start_reprocess_time": start.isoformat(),
            "end_reprocess_time": end.isoformat(),
            "reason": "adoption",
            **more,
        }
        self.ask("POST", "/v2/task/reprocesses", json=body)

    def tasks(self, scope_id: str) -> list[dict[str, typing.Any]]:
        """Return the tasks of a scope, oldest first."""
        return self.ask(
            *("GET", "/v2/task/reprocesses"),
            params={"scope_ids": scope_id, "limit": 100, "order": "ASC"},
        )["results"]

    def summary(
        self, begin: datetime.datetime, end: datetime.datetime
    ) -> list[tuple[typing.Any, ...]]:
        """Return the sums of each period, scope and metric, sorted."""
        found = self.ask(
            *("GET", "/v2/summary"),
            params={
                "begin": begin.isoformat(),
                "end": end.isoformat(),
                "groupby": "time,project_id,type",
                "limit": 100000,
                "response_format": "object",
            },
        )["results"]
        return sorted(
            (
                datetime.datetime.fromisoformat(row["begin"]),
                row["project_id"],
                row["type"],
                row["qty"],
                row["rate"],
            )
            for row in found
            if row["qty"] is not None
        )


_HASHMAP = "/v1/rating/module_config/hashmap"


def moment(text: str | None) -> datetime.datetime | None:
    """Return a time of a task; ``None`` if it has no progress."""
    if not text:
        return None
    at = datetime.datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=datetime.UTC)
