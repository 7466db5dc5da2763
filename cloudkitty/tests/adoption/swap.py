# SPDX-License-Identifier: Apache-2.0
"""All of CloudKitty 25 is replaced by this service, and the reverse."""

from cloudkitty.tests.adoption import case
from cloudkitty.tests.adoption import cloud as ck_cloud
from cloudkitty.tests.adoption import samples
from cloudkitty.tests.galera import processes

#: Periods of a task that are done when its processor is killed.
HALF = 10
#: Window of the task that waits, in periods: first, last.
WAITING = (5, 30)


class TestSwap(case.Case):
    """Both directions, in one cloud, with one configuration file."""

    def test_there_and_back(self):
        api = self.prepare("0.5")
        self.config = self.cloud.config()
        self.rate_with_theirs()
        self.leave_tasks(api)
        self.last = self.rated_to()
        self.check_summary(api.client, self.last)
        before = api.client.summary(self.begin, self.at(self.last))
        api.child.end()

        self.migrate()
        ours = self.cloud.our_api(self.config)
        self.assertEqual(
            before, ours.client.summary(self.begin, self.at(self.last))
        )
        self.go_on_with_ours(ours)
        self.leave_ours(ours)
        ours.child.end()

        self.go_on_with_theirs()
        self.return_to_ours()
        self.tell()

    def rate_with_theirs(self):
        processor = self.cloud.their_processor(self.config)
        self.wait_until_rated(case.DUE)
        processor.end()

    def leave_tasks(self, api: ck_cloud.Api) -> None:
        """Leave one task half done and one waiting."""
        self.set_cost(api.client, "2")
        end = self.rated_to() - 1
        api.client.post_task("alpha", self.at(0), self.at(end))
        processor = self.cloud.their_processor(
            self.cloud.config(live=0, name="reprocessing")
        )
        done = self.kill_half_way(processor)
        self.owe("alpha", 0, done, "2")
        # It deletes the window, without the last period, when it starts.
        self.owe("alpha", done, end, None)
        first, last = WAITING
        api.client.post_task("beta", self.at(first), self.at(last))

    def kill_half_way(self, processor: processes.Child) -> int:
        """Kill the processor within the first task that has not ended.

        :returns: number of its periods that have the new price. One more
            period may be stored than the cursor states.
        """
        processes.wait_for(
            "half a task",
            lambda: (self.cursors()[-1] or 0) >= HALF,
            case.PATIENCE,
            0.01,
        )
        processor.kill()
        done = self.cursors()[-1] + 1
        self.assertLess(done, self.rated_to())
        return done + self.stored_ahead(done)

    def stored_ahead(self, number: int) -> bool:
        """Return whether the period after the cursor has its new price."""
        at = self.at(number)
        window = (at, at + samples.LENGTH)
        points = self.stored(*window)
        expected = self.expected(number + 1)
        return any(
            values != [expected[key]]
            for key, values in points.items()
            if key.scope_id == "alpha"
        )

    def migrate(self) -> None:
        """Run the commands of an upgrade."""
        self.cloud.ours("dbsync", self.config, "upgrade")
        self.cloud.ours("storage_init", self.config)

    def go_on_with_ours(self, api: ck_cloud.Api) -> None:
        """End both tasks, and rate new periods."""
        half, waiting = self.cursors()
        self.assertIsNone(waiting)
        self.set_cost(api.client, "3")
        processor = self.cloud.our_processor(self.config)
        for scope_id in samples.SCOPES:
            self.wait_for_task(api.client, scope_id)
            [task] = api.client.tasks(scope_id)
            self.assertEqual("succeeded", task["state"])
        # The periods behind the cursor were not done again.
        self.owe("alpha", half + 1, self.last, "3")
        self.owe("beta", WAITING[0], WAITING[1] + 1, "3")
        self.rate_more()
        processor.end()
        self.last = self.rated_to()
        self.check_points(self.last)
        self.check_summary(api.client, self.last)

    def rate_more(self) -> None:
        """Wait for two more periods of both scopes."""
        self.wait_until_rated(self.last + 2)

    def leave_ours(self, api: ck_cloud.Api) -> None:
        """Leave a task half done, and one that upstream must not execute."""
        self.set_cost(api.client, "4")
        api.client.post_task(
            *("beta", self.at(0), self.at(9)), metrics=["instance"]
        )
        [hidden] = self.cloud.sql(
            "SELECT MAX(id) FROM storage_scope_reprocessing_schedule"
        )
        self.hidden = hidden[0]
        api.client.post_task("alpha", self.at(0), self.at(self.last - 1))
        # The task with metrics must wait until the end.
        self.change(api, self.hidden, "paused")
        config = self.cloud.config(
            live=0, name="small", more="chunk_points = 8\n"
        )
        done = self.kill_half_way(self.cloud.our_processor(config))
        self.owe("alpha", 0, done, "4")
        self.change(api, self.hidden, "scheduled")

    def change(self, api: ck_cloud.Api, task_id: int, state: str) -> None:
        api.client.ask("PATCH", f"/v2/task/{task_id}", json={"state": state})

    def go_on_with_theirs(self) -> None:
        """End the task, rate new periods, execute a new task."""
        # As deployment tools do at each start of a release.
        self.cloud.theirs("cloudkitty-dbsync", self.config, "upgrade")
        self.cloud.theirs("cloudkitty-storage-init", self.config)
        api = self.cloud.their_api(self.config)
        self.check_summary(api.client, self.last)
        half = self.cursors()[-1]
        self.set_cost(api.client, "5")
        first, last = WAITING
        processor = self.cloud.their_processor(self.config)
        self.wait_for_task(api.client, "alpha")
        self.owe("alpha", half + 1, self.last, "5")
        self.rate_more()
        processor.end()
        self.last = self.rated_to()
        self.set_cost(api.client, "6")
        api.client.post_task("alpha", self.at(first), self.at(last))
        processor = self.cloud.their_processor(
            self.cloud.config(live=0, name="reprocessing")
        )
        self.wait_for_task(api.client, "alpha")
        processor.end()
        self.owe("alpha", first, last + 1, "6")
        self.check_points(self.last)
        self.check_summary(api.client, self.last)
        api.child.end()

    def return_to_ours(self) -> None:
        """Check that the task with metrics still waits for this service."""
        self.migrate()
        api = self.cloud.our_api(self.config)
        self.check_summary(api.client, self.last)
        [task] = [
            one for one in api.client.tasks("beta") if one["id"] == self.hidden
        ]
        self.assertEqual("scheduled", task["state"])
        self.assertIsNone(task["current_reprocess_time"])
        api.child.end()
