# SPDX-License-Identifier: Apache-2.0
"""The API killed in a request: asked again, it answers for what was done.

See ``tests/crash``; ``CLOUDKITTY_TEST_KILLS_NAMED=720`` enlarges it.
"""

import time

import requests

from cloudkitty.api import error_codes
from cloudkitty.tests import databases
from cloudkitty.tests.crash import actors
from cloudkitty.tests.crash import campaign
from cloudkitty.tests.crash import home
from cloudkitty.tests.crash import ledger
from cloudkitty.tests.crash import place as crash_place

PATH = "/v2/task/reprocesses"


class Servers(campaign.Campaign):
    """A server dies in a request; the client asks another one.

    :ivar healthy: URL of one that lives as long as the test.
    """

    def __init__(self, place, family):
        super().__init__(place, family)
        self.scope_ids = place.scope_ids
        pid, self.healthy = self.start()
        self.test.addCleanup(home.nursery().wait, pid, 0)

    def start(self, point=None, hit=1):
        """Return pid and URL of a server that listens."""
        ready = self.place.folder / "api.address"
        ready.unlink(missing_ok=True)
        pid = self.place.start_child("serve", point, hit, address=str(ready))
        give_up_at = time.monotonic() + home.PATIENCE
        while not ready.exists():
            self.test.assertLess(time.monotonic(), give_up_at)
            time.sleep(0.01)
        return pid, ready.read_text()

    def die_in(self, point, hit, send):
        """Let a server die in the request that ``send`` makes of its URL."""
        pid, url = self.start(point, hit)
        try:
            answer = send(url)
        except requests.ConnectionError:
            self.check_dead(pid, point, hit)
        else:
            self.test.fail(f"{answer.status_code} {answer.text}")

    def tasks(self):
        """Return all tasks as the API shows them, oldest first."""
        answer = requests.get(
            f"{self.healthy}{PATH}",
            params={"order": "asc"},
            timeout=home.PATIENCE,
        )
        self.test.assertEqual(200, answer.status_code, answer.text)
        return answer.json()

    def post(self, url, key=None):
        """Ask for a task a scope."""
        return requests.post(
            f"{url}{PATH}",
            json={
                "scope_ids": list(self.place.scope_ids),
                "start_reprocess_time": str(self.place.inner.begin),
                "end_reprocess_time": str(self.place.inner.last_period(3600)),
                "reason": "a price was wrong",
            },
            headers={"Idempotency-Key": key} if key else {},
            timeout=home.PATIENCE,
        )

    def judge(self, new, before):
        """Execute the new tasks; return the first fault, or None."""
        place = self.place
        actors.work_off(place.survivor)
        after, expected = place.dump(), before
        for shown in new:
            scope_id = shown["scope_id"]
            cancelled = shown["state"] == "cancelled"
            expected = place.expected(
                expected, scope_id, None if cancelled else place.inner
            )
            wrong = ledger.check(
                place.database,
                place.task(shown["id"]),
                "cancelled" if cancelled else "succeeded",
                before=place.select(before, scope_id, place.inner)[0],
                after=place.select(after, scope_id, place.inner)[0],
            )
            if wrong:
                return wrong
        return campaign.Damage.of(expected, after) or None


class Posts(Servers):
    """The request for tasks, without and with an ``Idempotency-Key``."""

    def __init__(self, place, family, keyed):
        super().__init__(place, family)
        self._keyed = keyed

    def kill(self, point, hit):
        place = self.place
        place.turn()
        before = place.dump()
        seen = len(self.tasks())
        key = f"kill {seen}" if self._keyed else None
        self.die_in(point, hit, lambda url: self.post(url, key))
        there = self.tasks()[seen:]
        answer = self.post(self.healthy, key)
        new = self.tasks()[seen:]
        committed = point == "accept.committed"
        if len(there) != (len(place.scope_ids) if committed else 0):
            return f"{len(there)} tasks after the kill"
        if sorted(task["scope_id"] for task in new) != list(place.scope_ids):
            return f"{len(new)} tasks after the second request"
        wrong = self._check(answer, new, committed)
        # In any case: no task may be left for the next kill.
        return self.judge(new, before) or wrong

    def _check(self, answer, tasks, committed):
        """The answer names the existing tasks."""
        refused = committed and not self._keyed
        if answer.status_code != (400 if refused else 200):
            return f"{answer.status_code} {answer.text}"
        if refused:
            (error,) = answer.json()["errors"]
            if error["code"] != error_codes.TASK_OVERLAPS:
                return answer.text
        elif not answer.headers["Location"].endswith(
            f"{PATH}?batch_id={tasks[0]['batch_id']}"
        ):
            return f"Location {answer.headers['Location']}"
        return None


class Patches(Servers):
    """The request to cancel a task."""

    def kill(self, point, hit):
        place = self.place
        place.turn()
        before = place.dump()
        seen = len(self.tasks())
        self.test.assertEqual(200, self.post(self.healthy).status_code)
        task_id = self.tasks()[seen]["id"]
        self.die_in(point, hit, lambda url: self._cancel(url, task_id))
        state = self.tasks()[seen]["state"]
        wanted = "cancelled" if point == "change.committed" else "scheduled"
        if state != wanted:
            return f"{state} after the kill"
        answer = self._cancel(self.healthy, task_id)
        if (answer.status_code, answer.json().get("state")) != (
            200,
            "cancelled",
        ):
            return f"{answer.status_code} {answer.text}"
        return self.judge(self.tasks()[seen:], before)

    def _cancel(self, url, task_id):
        return requests.patch(
            f"{url}/v2/task/{task_id}",
            json={"state": "cancelled"},
            timeout=home.PATIENCE,
        )


@databases.on_each()
class _Kills:
    backend: str

    def test_post(self):
        place = crash_place.Place(self, self.backend)
        Posts(place, "api, POST", keyed=False).run(self.backend)
        Posts(place, "api, POST with a key", keyed=True).run(self.backend)

    def test_patch(self):
        place = crash_place.Place(self, self.backend)
        Patches(place, "api, PATCH").run(self.backend)
