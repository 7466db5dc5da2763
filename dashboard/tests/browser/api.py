# SPDX-License-Identifier: Apache-2.0
"""The rating API for tests: what a user did elsewhere."""

import datetime
import json
import time
import urllib.request
import zoneinfo

#: Seconds that a processor may take on a busy host.
PATIENCE = 180


class Api:
    """Requests with a token of the administrator.

    :param facts: of the cloud.
    """

    def __init__(self, facts) -> None:
        self.facts = facts
        self._token = self._log_in()
        self.begin = datetime.datetime.fromisoformat(facts["begin"])

    def order(self, reason, projects=("blue",), begin=0, hours=24, **fields):
        """Create tasks; return the id of the batch.

        :param begin: hours from the beginning of the rated window.
        """
        scope_ids = [self.facts["projects"][name] for name in projects]
        return self._order(reason, scope_ids, begin, hours, **fields)

    def order_all(self, reason, begin=0, hours=24, **fields):
        """Create tasks for all active scopes; return the id of the batch."""
        return self._order(reason, "ALL", begin, hours, **fields)

    def days(self, hours):
        """Return the number of days in UTC of an order from the begin."""
        first = self.begin.astimezone(datetime.UTC)
        last = first + datetime.timedelta(hours=hours - 1)
        return (last.date() - first.date()).days + 1

    def cancel_all(self):
        """Cancel all tasks."""
        states = ["scheduled", "running", "paused"]
        body = {"state": "cancelled", "filters": {"state": states}}
        self.call("PATCH", "/v2/task", body)

    def _order(self, reason, scope_ids, begin, hours, **fields):
        start = self.begin + datetime.timedelta(hours=begin)
        last = start + datetime.timedelta(hours=hours - 1)
        headers = self.call(
            "POST",
            "/v2/task/reprocesses",
            {
                "reason": reason,
                "scope_ids": scope_ids,
                "start_reprocess_time": start.isoformat(),
                "end_reprocess_time": last.isoformat(),
                **fields,
            },
            headers=True,
        )
        return headers["Location"].partition("batch_id=")[2]

    def change(self, batch_id, state):
        """Change all tasks of a batch."""
        self.call("PATCH", f"/v2/task/batches/{batch_id}", {"state": state})

    def close(self, project, hours):
        """Close the periods of a project before a time of the rated window.

        :param hours: from its beginning; None opens them again.
        """
        before = None
        if hours is not None:
            time = self.begin + datetime.timedelta(hours=hours)
            before = time.isoformat()
        scope_id = self.facts["projects"][project]
        body = {"scope_id": scope_id, "closed_before": before}
        self.call("PATCH", "/v2/scope", body)

    def local(self, hours, minutes=0):
        """Return a time of the rated window as an input has it, in UTC."""
        time = self.begin + datetime.timedelta(hours=hours, minutes=minutes)
        return f"{time:%Y-%m-%dT%H:%M}"

    def zone(self, name):
        """Return a time zone."""
        return zoneinfo.ZoneInfo(name)

    def batch(self, batch_id):
        """Return the JSON of a batch."""
        return self.call("GET", f"/v2/task/batches/{batch_id}")

    def tasks(self, batch_id):
        """Return the tasks of a batch."""
        return self.call("GET", f"/v2/task/reprocesses?batch_id={batch_id}")

    def change_task(self, task_id, state):
        """Change a task."""
        self.call("PATCH", f"/v2/task/{task_id}", {"state": state})

    def wait(self, batch_id, state, count=None):
        """Wait until tasks of a batch have a state.

        :param count: number of the tasks; None for all of the batch.
        """
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            batch = self.batch(batch_id)
            if batch["states"].get(state) == (count or batch["total"]):
                return batch
            time.sleep(0.2)
        raise AssertionError(f"not {state}: {batch}")

    def wait_for_worker(self):
        """Wait until a worker that executes tasks is alive."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            overview = self.call(
                "GET", "/v2/task/batches?include=overview&limit=1"
            )["overview"]
            if overview["workers_alive"]:
                return
            time.sleep(0.2)
        raise AssertionError("no worker is alive")

    def call(self, method, path, body=None, headers=False):
        """Send a request; return the JSON or the headers."""
        request = urllib.request.Request(
            self.facts["api"] + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "X-Auth-Token": self._token,
                "Content-Type": "application/json",
            },
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            if headers:
                return response.headers
            text = response.read()
        return json.loads(text) if text else None

    def _log_in(self):
        domain = {"id": "default"}
        user = {
            "name": "admin",
            "password": self.facts["password"],
            "domain": domain,
        }
        body = {
            "auth": {
                "identity": {
                    "methods": ["password"],
                    "password": {"user": user},
                },
                "scope": {"project": {"name": "demo", "domain": domain}},
            }
        }
        request = urllib.request.Request(
            self.facts["keystone"] + "/auth/tokens",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            return response.headers["X-Subject-Token"]
