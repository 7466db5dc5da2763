# SPDX-License-Identifier: Apache-2.0
"""Every command of the page of a processor that is not at work."""

from cloudkitty.tests.functional.troubleshooting import case

LOG = "/var/log/cloudkitty/cloudkitty-processor.log"


class TestNoProcessor(case.PageCase):
    page = "no-processor"

    def test_all_commands(self):
        self.run_page(
            *self.stopped(),
            *self.started(),
            case.Step(
                "openstack rating scope state get",
                ("2026-11-01",),
            ),
            case.Step("mysql cloudkitty -t -e", ("scheduled",), self.stop),
        )

    def stopped(self):
        yield case.Step(
            "openstack rating worker list",
            ("No worker for tasks is alive",),
            status=1,
        )
        yield case.Step(
            "systemctl status cloudkitty-processor", ("inactive",), status=3
        )
        yield case.Step("runuser -u cloudkitty -- cloudkitty-dbsync version")
        yield case.Step(
            "runuser -u cloudkitty -- cloudkitty-status upgrade check",
            ("Metric definitions", "Failure"),
            self.break_metrics,
            status=2,
        )
        yield case.Step(
            "systemctl start cloudkitty-processor", (), self.repair_metrics
        )

    def started(self):
        def see():
            self.cloud.wait_for_line("worker started", 2)

        def work():
            self.cloud.create()
            self.cloud.wait_for("succeeded")

        yield case.Step(
            "sleep 10; grep 'worker started'", ("reprocessing 0",), see
        )
        yield case.Step("grep -E 'database (away|back)|no tasks")
        yield case.Step("curl -sS -m 10 http://controller:8889", ("OK",))
        yield case.Step("grep 'clock of this host'")
        yield case.Step(
            f"grep -E ' reprocessing cycle | cycle ' {LOG}",
            ("reprocessing cycle attempts=1",),
            work,
        )
        yield case.Step("openstack rating worker list", ("reprocessing",))

    def break_metrics(self):
        extra = self.cloud.names["/etc/cloudkitty"]
        self.broken = f"{extra}/cloudkitty.conf.d/95-broken.conf"
        with open(self.broken, "w", encoding="utf-8") as file:
            file.write("[collect]\nmetrics_conf = /missing/metrics.yml\n")

    def repair_metrics(self):
        result = self.cloud.start_refused()
        self.assertRegex(result, "(?m)^cloudkitty-processor: .*/missing/")
        with open(self.broken, "w", encoding="utf-8"):
            pass

    def stop(self):
        self.cloud.run("systemctl stop cloudkitty-processor")
        self.cloud.create()
