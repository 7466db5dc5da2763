# SPDX-License-Identifier: Apache-2.0
"""The landing page."""

from playwright.sync_api import expect

PAGE = "/admin/reprocesses/"


def test_an_order_is_shown(admin, rating):
    batch_id = rating.order("Seen in the list", ["blue", "green"])
    rating.wait(batch_id, "succeeded")
    admin.goto(PAGE)
    row = admin.get_by_role("row").filter(has_text="Seen in the list")
    expect(row).to_contain_text("2 Succeeded")
    expect(row).to_contain_text("admin")
    expect(row).to_contain_text("100 %")


def test_a_member_gets_403(open_page):
    page = open_page("member")
    response = page.goto(PAGE)
    assert response.status == 403
    # The browser writes the status of a document that is not 2xx.
    assert len(open_page.messages) == 1 and "403" in open_page.messages.pop()
