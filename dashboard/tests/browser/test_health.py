# SPDX-License-Identifier: Apache-2.0
"""The workers of processors, and the banner when none is alive."""

from playwright.sync_api import expect

from tests.browser import checks

PAGE = "/admin/reprocesses/"
NO_WORKER = "No worker that executes tasks is alive."


def test_the_processor_stops_and_starts(admin, cloud):
    admin.goto(PAGE)
    expect(admin.get_by_text(NO_WORKER)).to_be_hidden()
    admin.get_by_role("link", name="alive").click()
    workers = admin.locator("[data-part=workers]")
    expect(workers.get_by_role("row").filter(has_text="Alive")).to_have_count(
        2
    )
    checks.accessible(admin)
    checks.picture(admin, "health")
    cloud.do("stop_processor")
    checks.refresh(admin)
    expect(admin.get_by_text(NO_WORKER)).to_be_visible()
    expect(workers).to_contain_text("Stopped")
    checks.accessible(admin)
    admin.goto(PAGE)
    expect(admin.get_by_text(NO_WORKER)).to_be_visible()
    checks.accessible(admin)
