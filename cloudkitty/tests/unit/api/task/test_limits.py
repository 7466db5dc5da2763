# SPDX-License-Identifier: Apache-2.0
"""``not_before``, ``max_running`` and run windows in the API."""

import datetime

from cloudkitty.tests.fakes import api as fake_api
from cloudkitty.tests.unit.api.task import case

LATER = "2026-11-23 22:00:00+00:00"


class TestLimits(case.TaskCase):
    def shown(self):
        return self.app.get("/v2/task/1").json

    def test_not_asked_for(self):
        self.post()
        self.assertEqual(
            set(), {"not_before", "max_running", "held_by"} & set(self.shown())
        )

    def test_not_before(self):
        self.post(not_before=LATER)
        shown = self.shown()
        self.assertEqual(LATER, shown["not_before"])
        self.assertEqual("not_before", shown["held_by"])
        self.assertIsNone(shown["current_reprocess_time"])

    def test_past(self):
        self.post(not_before="2021-01-01")
        self.assertNotIn("held_by", self.shown())

    def test_max_running(self):
        self.post(scope_ids="a,b", max_running=1)
        shown = self.shown()
        self.assertEqual(1, shown["max_running"])
        self.assertNotIn("held_by", shown)
        with self.database.writer() as session:
            session.connection().exec_driver_sql(
                "UPDATE storage_scope_reprocessing_schedule "
                "SET state = 'running' WHERE id = 2"
            )
        self.assertEqual("max_running", self.shown()["held_by"])
        self.app.patch_json("/v2/task/1", {"state": "paused"})
        self.assertNotIn("held_by", self.shown())

    def test_option(self):
        self.conf.set_override("max_running", 7, group="reprocess")
        self.post()
        self.post(scope_ids="b", max_running=2)
        found = [task.max_running for task in self.tasks()]
        self.assertEqual([7, 2], found)

    def test_option_is_no_part_of_the_request(self):
        key = {"Idempotency-Key": "k"}
        self.post(headers=key)
        self.conf.set_override("max_running", 7, group="reprocess")
        self.post(headers=key)
        self.assertEqual(1, len(self.tasks()))

    def test_run_windows(self):
        now = fake_api.NOW
        for begin, held in ((-1, None), (1, "run_windows")):
            window = "-".join(
                f"{now + datetime.timedelta(hours=hour):%H:%M}"
                for hour in (begin, begin + 2)
            )
            self.conf.set_override("run_windows", [window], group="reprocess")
            if begin < 0:
                self.post()
            self.assertEqual(held, self.shown().get("held_by"))

    def test_refused(self):
        for name, values in (
            ("not_before", ("soon", 5, "9999-01-01")),
            ("max_running", (0, -1, "x", True, 2**40, [1])),
        ):
            for value in values:
                self.post(status=400, **{name: value})
        self.assertEqual([], self.tasks())
