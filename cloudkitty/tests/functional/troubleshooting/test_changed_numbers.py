# SPDX-License-Identifier: Apache-2.0
"""Every command of the page of changed numbers."""

from cloudkitty.tests.functional.client import cloud
from cloudkitty.tests.functional.troubleshooting import case


class TestChangedNumbers(case.PageCase):
    page = "changed-numbers"

    def test_all_commands(self):
        self.cloud.run("systemctl start cloudkitty-processor")
        self.cloud.create()
        self.cloud.wait_for("succeeded")
        self.run_page(*self.tasks(), *self.rules(), *self.others())

    def tasks(self):
        demo = self.cloud.scopes["demo"]
        yield case.Step("openstack project show demo", (demo,))
        yield case.Step(
            "openstack rating reprocess list --scope demo", ("succeeded",)
        )
        yield case.Step("mysql cloudkitty", ("a price", "created_by"))
        yield case.Step(
            "openstack rating reprocess show 12", ("request_id", "succeeded")
        )
        yield case.Step("mysql cloudkitty", ("by_whom", "succeeded"))
        yield case.Step(
            "openstack rating reprocess report 12", ("1.5", "0.15")
        )
        yield case.Step("mysql cloudkitty", ("price_before", "instance"))
        yield case.Step("openstack rating reprocess periods 12", ("volume",))

    def rules(self):
        yield case.Step("mysql cloudkitty", (cloud.PRICE, "created_by"))
        yield case.Step("grep -h 'rating module changed'", ("module=hashmap",))

    def others(self):
        def add_scope():
            self.cloud.call(
                *("POST", "/v2/scope"),
                scope_id="third",
                last_processed_timestamp="2026-10-31T23:00:00Z",
            )

        yield case.Step(
            "grep -hE 'scope (reset|changed|added",
            ("scope added scope_id=third",),
            add_scope,
        )
        yield case.Step("grep -hE 'points purged|stored points kept'")
        yield case.Step('mysql cloudkitty -t -e "SELECT * FROM')
