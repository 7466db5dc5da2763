# SPDX-License-Identifier: Apache-2.0
"""Every command of the page of tasks that do not end."""

import contextlib
import json
import threading

from cloudkitty.tests.functional.troubleshooting import case

SHOW = "openstack rating reprocess show 12 "
LOG = "/var/log/cloudkitty/cloudkitty-processor.log"
START = "systemctl start cloudkitty-processor"


class TestStuckTasks(case.PageCase):
    page = "stuck-tasks"
    # One period is a chunk, so a processor ends between two of a task.
    options = {"more": "[orchestrator]\nchunk_points = 1"}

    def test_all_commands(self):
        self.held = contextlib.ExitStack()
        self.addCleanup(self.held.close)
        self.run_page(
            *self.scheduled(),
            *self.attempts_fail(),
            *self.scope_is_busy(),
            *self.queue(),
            *self.running(),
            *self.paused(),
            *self.failed(),
            case.Step(
                "openstack rating reprocess cancel 12",
                ("cancelled",),
                self.make_unclaimed,
            ),
        )

    def scheduled(self):
        yield case.Step(
            f"{SHOW}-f value -c state", ("scheduled",), self.cloud.create
        )
        yield case.Step(
            f"{SHOW}-f json -c waiting", ("no processor that executes tasks",)
        )

    def attempts_fail(self):
        def fail():
            self.cloud.break_collector()
            self.cloud.run(START)
            self.cloud.wait_for(
                "scheduled", "it is attempted again after a failed attempt"
            )

        yield case.Step(
            f"grep 'task put off task_id=12 ' {LOG}",
            ("attempt=1/2", "until=", "refused"),
            fail,
        )
        yield case.Step(
            "openstack rating reprocess pause 12",
            ("paused",),
            self.cloud.repair_collector,
        )
        yield case.Step("openstack rating reprocess resume 12", ("scheduled",))

    def scope_is_busy(self):
        def hold():
            self.cloud.wait_for("succeeded")
            made = self.cloud.locks()
            self.lock = contextlib.ExitStack()
            name = made.names.of_scope(self.cloud.scopes["demo"])
            self.assertTrue(self.lock.enter_context(made.try_hold(name)))
            self.cloud.create()
            self.cloud.wait_for(
                "scheduled", "it is attempted again as its scope was busy"
            )

        yield case.Step(f"grep -c 'task busy task_id=12 ' {LOG}", (), hold)
        yield case.Step(
            "openstack rating reprocess list --scope demo --state running"
        )
        yield case.Step(f"grep 'periods rated' {LOG}")

    def queue(self):
        def fill():
            self.lock.close()
            self.cloud.wait_for("succeeded")
            self.held.enter_context(self.cloud.silent_collector())
            before = self.cloud.create("other")
            self.cloud.wait_for("running")
            self.waiting = self.cloud.create()
            self.cloud.wait_for(
                "scheduled", "every processor works on other tasks"
            )
            # The page pauses the one before it.
            self.cloud.use(before)

        yield case.Step(
            "openstack rating reprocess list --state running", ("0/3",), fill
        )
        yield case.Step(
            "openstack rating worker list -f csv", ("reprocessing", "True")
        )
        yield case.Step("openstack rating reprocess pause 12", ("paused",))

    def running(self):
        def run():
            self.held.close()
            self.cloud.rating(
                "reprocess cancel", self.cloud.names["12"], "--reason", "done"
            )
            self.cloud.use(self.waiting)
            self.cloud.wait_for("succeeded")
            self.held.enter_context(self.cloud.silent_collector())
            self.cloud.create()
            self.cloud.wait_for("running")
            workers = json.loads(
                self.cloud.rating("worker list", "-f", "json")
            )
            [pid] = [
                each["PID"]
                for each in workers
                if each["Kind"] == "reprocessing" and each["Alive"]
            ]
            self.cloud.names["4711"] = str(pid)

        def answer_soon():
            # The worker ends after the chunk that it has begun.
            threading.Timer(3, self.held.close).start()

        yield case.Step(
            f"{SHOW}-f json -c state", ("running", '"periods_done": 0'), run
        )
        yield case.Step(
            "mysql cloudkitty -t -e", ("lease_owner", "lease_expires_at")
        )
        yield case.Step("kill -USR2 4711")
        yield case.Step("sleep 2; grep", ("Work",))
        yield case.Step(f"grep 'task claimed task_id=12 ' {LOG}", ("token=",))
        yield case.Step(
            "systemctl restart cloudkitty-processor", (), answer_soon
        )
        yield case.Step(f"grep 'given back' {LOG}", ("task given back",))

    def paused(self):
        def pause():
            self.cloud.wait_for("succeeded")
            self.make_unclaimed()
            self.cloud.rating(
                *("reprocess pause", self.cloud.names["12"]),
                *("--reason", "a look first"),
            )

        yield case.Step(
            f"{SHOW}-f json -c events", ("paused", "a look first"), pause
        )
        yield case.Step("openstack rating reprocess resume 12", ("scheduled",))

    def failed(self):
        def fail():
            self.cloud.break_collector()
            self.cloud.run(START)
            self.cloud.wait_for("failed")

        yield case.Step(f"{SHOW}-f value -c last_error", ("refused",), fail)
        yield case.Step(
            f"grep 'task failed task_id=12 ' {LOG}", ("attempt=2/2", "error=")
        )
        yield case.Step(
            "openstack rating reprocess retry 12",
            ("scheduled",),
            self.cloud.repair_collector,
        )
        yield case.Step("openstack rating reprocess wait 12", ("succeeded",))
        yield case.Step(
            "openstack rating reprocess retry --batch",
            ("No task matches",),
            status=1,
        )

    def make_unclaimed(self):
        """Create a task while no processor runs."""
        self.cloud.run("systemctl stop cloudkitty-processor")
        self.cloud.create()
