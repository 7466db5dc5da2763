# SPDX-License-Identifier: Apache-2.0
"""What the demo asks the API."""

import datetime
import decimal
import json
import typing
import urllib.parse

import requests

from demo_parts import sample

#: Project to price.
Totals = dict[str, decimal.Decimal]
#: Seconds to wait for one answer.
_TIMEOUT = 30


class Client:
    """The REST API of the demo's CloudKitty.

    :param url: its address, without a path.
    :param begin: begin of the three days; aware UTC.
    :param end: their end, exclusive.
    """

    def __init__(
        self, url: str, begin: datetime.datetime, end: datetime.datetime
    ) -> None:
        self.url = url
        self._begin = begin
        self._end = end

    @property
    def summary_url(self) -> str:
        """The totals of the three days by project."""
        query = {
            "begin": _text(self._begin),
            "end": _text(self._end),
            "groupby": "project_id",
        }
        return f"{self.url}/v2/summary?{urllib.parse.urlencode(query)}"

    @property
    def tasks_url(self) -> str:
        """The reprocessing tasks."""
        return f"{self.url}/v2/task/reprocesses"

    @property
    def mappings_url(self) -> str:
        """The prices of hashmap."""
        return f"{self.url}/v1/rating/module_config/hashmap/mappings"

    def reprocess_body(self, reason: str) -> dict[str, typing.Any]:
        """Return the request that rates the three days again."""
        return {
            "scope_ids": list(sample.PROJECTS),
            "start_reprocess_time": _text(self._begin),
            # The beginning of the last period, not the end of the window.
            "end_reprocess_time": _text(self._end - sample.HOUR),
            "reason": reason,
        }

    def answers(self) -> bool:
        """Tell whether the API is up."""
        try:
            self._get(f"{self.url}/")
        except requests.ConnectionError:
            return False
        return True

    def schedule(self, body: dict[str, typing.Any]) -> None:
        """Create the tasks."""
        answer = requests.post(self.tasks_url, json=body, timeout=_TIMEOUT)
        answer.raise_for_status()

    def rated_periods(self) -> int:
        """Return how many periods of the three days are rated."""
        scopes = self._get(f"{self.url}/v2/scope")["results"]
        return sum(
            self._periods_up_to(scope["last_processed_timestamp"])
            for scope in scopes
        )

    def reprocessed_periods(self) -> int:
        """Return how many periods the tasks have done."""
        tasks = [
            self._get(f"{self.tasks_url}/{project}")
            for project in sample.PROJECTS
        ]
        return sum(
            self._periods_up_to(task["current_reprocess_time"])
            for task in tasks
            if task["current_reprocess_time"]
        )

    def totals(self) -> Totals:
        """Return the price of the three days of each project."""
        summary = self._get(self.summary_url)
        project, rate = map(summary["columns"].index, ("project_id", "rate"))
        return {row[project]: row[rate] for row in summary["results"]}

    def _get(self, url: str) -> typing.Any:
        answer = requests.get(url, timeout=_TIMEOUT)
        answer.raise_for_status()
        return json.loads(answer.text, parse_float=decimal.Decimal)

    def _periods_up_to(self, last: str) -> int:
        # Live rating goes on after the three days, up to the present.
        at = min(
            datetime.datetime.fromisoformat(last), self._end - sample.HOUR
        )
        return (at - self._begin) // sample.HOUR + 1


def _text(at: datetime.datetime) -> str:
    return at.isoformat(sep=" ")
