# SPDX-License-Identifier: Apache-2.0
"""Every command of the page of a collector that does not respond."""

from cloudkitty.tests.functional.troubleshooting import case


class TestCollectorAway(case.PageCase):
    page = "collector-away"
    options = {"backoff": 2}

    def test_all_commands(self):
        self.run_page(*self.away(), *self.back())

    def away(self):
        def fail():
            self.cloud.break_collector()
            self.cloud.run("systemctl start cloudkitty-processor")
            self.cloud.create()
            self.cloud.wait_for("failed")

        yield case.Step(
            "grep -E 'scope failed|cohort failed", ("task failed",), fail
        )
        yield case.Step(
            "curl -sS -m 10 http://192.0.2.11:9188/metrics",
            ("cloudkitty_collector_errors_total 2",),
        )
        yield case.Step("grep -rhE", ("prometheus_url = http://127.0.0.1",))
        # Debian's Prometheus answers in one line.
        yield case.Step(
            "curl -sS -m 10 http://prometheus:9090/-/ready",
            ("Ready",),
            self.cloud.repair_collector,
        )
        yield case.Step(
            "curl -sS -m 30 -G http://prometheus:9090/api/v1/query",
            ('"status":"success"', '"2"'),
        )

    def back(self):
        yield case.Step(
            "openstack rating reprocess list --state failed", ("refused",)
        )
        yield case.Step(
            "openstack rating reprocess retry --scope demo --dry-run",
            ("True",),
        )
        yield case.Step(
            "openstack rating reprocess retry --scope demo --reason",
            ("False",),
        )
        yield case.Step("openstack rating reprocess wait 12", ("succeeded",))
        yield case.Step(
            "grep -E 'stored points kept|task kept or emptied'",
            ("task kept or emptied stored points",),
        )
        yield case.Step("openstack rating reprocess periods 12", ("volume",))
