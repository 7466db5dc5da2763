# SPDX-License-Identifier: Apache-2.0
"""The page of a task."""

from django.urls import reverse

from cloudkitty_reprocess_dashboard import client
from tests.unit import base
from tests.unit import samples


class TestTask(base.TestCase):
    url = reverse("horizon:admin:reprocesses:task", args=[7])
    data_url = reverse("horizon:admin:reprocesses:task_data", args=[7])

    def _page(self, **fields):
        with self.api(client.Answer(samples.task(**fields), 'W/"1"')):
            return self.client.get(self.url)

    def test_a_waiting_task(self):
        response = self._page()
        [(method, path, arguments)] = self.sent
        self.assertEqual(("GET", "/v2/task/7"), (method, path))
        self.assertEqual(
            [("include", "periods"), ("include", "days")],
            arguments["params"],
        )
        for text in (
            "blue: A wrong price",
            "place 3 in the queue",
            "6 of 24 periods, 25&nbsp;%",
            "about less than a minute left",
            "every processor works on other tasks",
            "16.80",
            "by alice",
            "by host:1:ab",
            "no period was kept",
            'data-title="Pause task 7?"',
        ):
            self.assertContains(response, text)
        # The window ends with its last period.
        self.assertContains(response, "2026-11-02 00:00 UTC")
        self.assertNotContains(response, "Points in the preview")

    def test_events_are_newest_first(self):
        task = self._page().context["task"]
        self.assertEqual(
            ["Running", "Created"], [str(event.label) for event in task.events]
        )

    def test_periods(self):
        response = self._page(
            periods=[
                samples.note("no_data", metric="volume.size"),
                samples.note("failed", detail="no connection"),
                samples.note("of a later version"),
            ],
            periods_noted=5,
        )
        for text in (
            "nothing was collected",
            "volume.size",
            "no connection",
            "of a later version",
            "2 more are not shown.",
        ):
            self.assertContains(response, text)

    def test_a_preview(self):
        comparison = {
            "equal": samples.amount(40, "14"),
            "changed": samples.amount(6, "-1.25"),
            "missing": samples.amount(2, "0.5"),
            "extra": samples.amount(0, "0"),
        }
        response = self._page(
            mode="preview",
            state="succeeded",
            totals=[
                samples.total(
                    "instance",
                    after=samples.amount(46, "15.05"),
                    comparison=comparison,
                )
            ],
        )
        for text in (
            "Points in the preview",
            "price 14.00",
            "difference \u22121.25",
            "Missing: would be removed",
            "\u22121.75",
        ):
            self.assertContains(response, text)

    def test_a_failed_task(self):
        response = self._page(
            state="failed",
            failed_attempts=3,
            last_error="no connection",
            place_in_queue=None,
            waiting=None,
        )
        self.assertContains(response, "no connection")
        self.assertContains(response, 'data-title="Retry task 7?"')
        self.assertNotContains(response, "in the queue")

    def test_a_task_that_a_rule_holds(self):
        response = self._page(
            held_by="not_before", not_before="2026-12-01 00:00:00+00:00"
        )
        self.assertContains(response, "must not start before")
        self.assertContains(response, "2026-12-01 00:00 UTC")

    def test_the_curve(self):
        response = self._page(
            days=[
                samples.day("2026-11-01", "instance", "10", "5"),
                samples.day("2026-11-01", "volume.size", "10", "10"),
                samples.day("2026-11-02", "instance", "5", None),
            ]
        )
        self.assertContains(response, 'points="0.0,0.0 600.0,120.0 "')
        self.assertContains(response, 'points="0.0,40.0 "')
        for text in ("Price by day", "2026-11-02", "\u22125.00"):
            self.assertContains(response, text)

    def test_without_days(self):
        self.assertNotContains(self._page(), "Price by day")

    def test_data(self):
        with self.api(client.Answer(samples.task(), 'W/"1"'), None):
            response = self.client.get(self.data_url)
            same = self.client.get(
                self.data_url, headers={"If-None-Match": 'W/"1"'}
            )
        self.assertEqual(
            {"task", "metrics", "curve", "comparison", "periods", "events"},
            set(response.json()["parts"]),
        )
        self.assertEqual(304, same.status_code)
        self.assertEqual('W/"1"', self.sent[1][2]["headers"]["If-None-Match"])

    def test_a_task_that_does_not_exist(self):
        with self.api(client.RatingError(404, "no task")):
            self.assertEqual(404, self.client.get(self.url).status_code)


class TestChangeTask(base.TestCase):
    url = reverse("horizon:admin:reprocesses:change_task", args=[7])

    def test_pause(self):
        values = {"action": "pause", "reason": "too early", "next": "/x"}
        with self.api(client.Answer(samples.task(state="paused"))):
            response = self.client.post(self.url, values)
        self.assertRedirectsNoFollow(response, "/x")
        self.assertCookieMessage(response, "New state of task 7: Paused.")
        [(method, path, arguments)] = self.sent
        self.assertEqual(("PATCH", "/v2/task/7"), (method, path))
        self.assertEqual(
            {"state": "paused", "reason": "too early"}, arguments["json"]
        )

    def test_refused(self):
        with self.api(client.RatingError(409, "it has succeeded")):
            response = self.client.post(self.url, {"action": "cancel"})
        self.assertCookieMessage(response, "it has succeeded")

    def test_no_action(self):
        self.assertEqual(400, self.client.post(self.url).status_code)
