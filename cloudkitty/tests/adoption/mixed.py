# SPDX-License-Identifier: Apache-2.0
"""Parts of CloudKitty 25 and of this service work beside each other."""

from cloudkitty.tests.adoption import case
from cloudkitty.tests.adoption import rest
from cloudkitty.tests.adoption import samples


class Mixed(case.Case):
    """The database has the tables of this service; upstream uses it."""

    def setUp(self) -> None:
        super().setUp()
        self.theirs = self.prepare("0.5")
        self.config = self.cloud.config()
        self.cloud.ours("dbsync", self.config, "upgrade")


class TestOurTaskProcessor(Mixed):
    """Upstream's API and live rating; this service executes the tasks."""

    def test_tasks(self):
        live = self.cloud.their_processor(
            self.cloud.config(reprocessing=0, name="live")
        )
        self.wait_until_rated(case.DUE)
        self.set_cost(self.theirs.client, "2")
        # Live rating has the new price for all periods after these.
        self.wait_until_rated(max(self.rated().values()) + 2)
        before = self.rated_to()
        for scope_id in samples.SCOPES:
            self.theirs.client.post_task(
                scope_id, self.at(0), self.at(before - 1)
            )
        ours = self.cloud.our_processor(
            self.cloud.config(live=0, name="tasks")
        )
        for scope_id in samples.SCOPES:
            self.wait_for_task(self.theirs.client, scope_id)
        self.wait_until_rated(before + 2)
        ours.end()
        live.end()
        self.owe(None, 0, case.ALL, "2")
        self.check_points(self.rated_to())
        self.check_summary(self.theirs.client, self.rated_to())
        self.tell()


class TestOurApi(Mixed):
    """This service's API; upstream's processor rates and reprocesses."""

    def setUp(self) -> None:
        super().setUp()
        self.theirs.child.end()
        live = self.cloud.their_processor(self.config)
        self.wait_until_rated(case.DUE)
        live.end()
        # It does not start on rated scopes with an empty storage.
        self.ours = self.cloud.our_api(self.config)
        self.client = self.ours.client
        self.set_cost(self.client, "2")

    def test_tasks(self):
        """A task ends; one with metrics waits for this service."""
        last = self.rated_to()
        self.client.post_task("alpha", self.at(0), self.at(last - 1))
        self.client.post_task(
            "beta", self.at(0), self.at(last - 1), metrics=["instance"]
        )
        processor = self.cloud.their_processor(self.config)
        self.wait_for_task(self.client, "alpha")
        self.wait_until_rated(last + 2)
        processor.end()
        [done] = self.client.tasks("alpha")
        self.assertEqual("succeeded", done["state"])
        [waiting] = self.client.tasks("beta")
        self.assertEqual(
            ("scheduled", None),
            (waiting["state"], waiting["current_reprocess_time"]),
        )
        self.owe("alpha", 0, last, "2")
        self.check_points(self.rated_to())
        self.check_summary(self.client, self.rated_to())
        self.execute_the_waiting_one(last)
        self.tell()

    def execute_the_waiting_one(self, last: int) -> None:
        """Let this service's processor execute the task with metrics."""
        processor = self.cloud.our_processor(
            self.cloud.config(live=0, name="tasks")
        )
        self.wait_for_task(self.client, "beta")
        processor.end()
        [task] = self.client.tasks("beta")
        self.assertEqual("succeeded", task["state"])
        self.owe("beta", 0, last, "2", "instance")
        self.check_points(self.rated_to())

    def test_reset(self):
        """A reset that upstream would execute is refused, without loss."""
        processor = self.cloud.their_processor(self.config)
        last = self.rated_to()
        body = {
            "scope_id": "alpha",
            "last_processed_timestamp": self.at(last - 10).isoformat(),
        }
        self.wait_until_rated(last + 1)
        refused = self.assertRaises(
            rest.Refused, self.client.ask, "PUT", "/v2/scope", json=body
        )
        self.assertEqual(409, refused.status, refused.text)
        processor.end()
        self.check_points(self.rated_to())
        self.tell()
