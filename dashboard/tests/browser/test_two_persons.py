# SPDX-License-Identifier: Apache-2.0
"""Rules of the operator: approval by a second person, closed periods."""

import pytest
from playwright.sync_api import expect

from tests.browser import checks

PAGE = "/admin/reprocesses/"
SCOPES = ("blue", "green", "red", "violet")
#: Periods of a request above which another user approves it: more than those
#: of the other tests' orders here.
LIMIT = 150
CLOSED = "Rate closed periods again"


@pytest.fixture(scope="module")
def _governed(cloud):
    cloud.do("govern", approval_above=LIMIT)
    yield
    cloud.do("govern")


@pytest.fixture
def large(rating, _governed):
    """An order of the user admin that awaits its approval."""
    batch_id = rating.order("All days of all", SCOPES, hours=48)
    yield batch_id
    if rating.batch(batch_id)["states"].get("awaiting_approval"):
        rating.change(batch_id, "cancelled")


@pytest.fixture
def closed(rating):
    """The first 10 rated hours of the project green are closed."""
    rating.close("green", 10)
    yield
    rating.close("green", None)


def test_another_user_approves(admin, approver, rating, large):
    admin.goto(PAGE)
    admin.get_by_role("link", name="4 awaiting approval").click()
    expect(admin.locator(".reprocess-legend")).to_contain_text(
        "4 Awaiting approval"
    )
    admin.get_by_role("link", name="All days of all").click()
    expect(admin.get_by_text("you cannot approve it")).to_be_visible()
    expect(admin.get_by_text("Approve", exact=True)).to_have_count(0)

    page = approver
    page.goto(f"{PAGE}orders/{large}/")
    checks.accessible(page)
    page.get_by_role("link", name="Approve", exact=True).click()
    expect(page.get_by_text("No preview has the scopes")).to_be_visible()
    page.get_by_role("button", name="New preview").click()
    dialog = page.get_by_role("dialog", name="Preview this order?")
    dialog.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("The preview was started.")).to_be_visible()
    # The page refreshes itself until the preview is complete.
    button = page.get_by_role("button", name="Approve the order")
    expect(button).to_be_visible(timeout=120_000)
    checks.accessible(page)
    checks.picture(page, "approval")
    preview_url = page.url
    page.get_by_role("link", name="An order of another user").click()
    page.get_by_role("link", name="Approve", exact=True).click()
    expect(page).to_have_url(preview_url)
    button.click()
    dialog = page.get_by_role("dialog", name="Approve the order?")
    dialog.get_by_label("Reason of the approval").fill("checked")
    dialog.get_by_role("button", name="Approve the order").click()
    expect(page.get_by_text("Approved: 4 tasks")).to_be_visible()
    expect(page.locator(".reprocess-legend").first).to_contain_text(
        "4 Succeeded", timeout=120_000
    )
    expect(page.locator("[data-part=order]")).to_contain_text("by approver")
    assert rating.batch(large)["approval"]["approved_by"]


def test_the_author_is_refused(admin, rating, large):
    preview = rating.order("All days of all", SCOPES, hours=48, mode="preview")
    rating.wait(preview, "succeeded")
    # Not offered, but the address can be copied from another user.
    admin.goto(f"{PAGE}orders/{preview}/?approve={large}")
    admin.get_by_role("button", name="Approve the order").click()
    dialog = admin.get_by_role("dialog")
    dialog.get_by_role("button", name="Approve the order").click()
    expect(
        admin.get_by_text("The author of a request cannot approve it")
    ).to_be_visible()
    assert rating.batch(large)["states"]["awaiting_approval"] == 4


def test_closed_periods(admin, rating, closed):
    admin.goto(f"{PAGE}new")
    admin.get_by_label("Selected scopes").check()
    expect(admin.get_by_text("closed before")).to_be_visible()
    admin.get_by_label("green", exact=True).check()
    admin.get_by_label("Begin").fill(rating.local(8))
    admin.get_by_label("End (exclusive)").fill(rating.local(12))
    admin.get_by_label("Reason").fill("Although invoiced")
    admin.get_by_text("Advanced").click()
    admin.get_by_label("Tasks that run at once, at most").fill("2")
    admin.get_by_label("Start not before").fill(rating.local(0))
    admin.get_by_role("button", name="Order", exact=True).click()
    alert = admin.get_by_role("alert")
    expect(alert).to_contain_text("Periods of the window are closed: green")
    checks.accessible(admin)
    checks.picture(admin, "closed-periods")
    admin.get_by_label(CLOSED).check()
    admin.get_by_role("button", name="Order", exact=True).click()
    expect(admin.get_by_text("The order was accepted.")).to_be_visible()
    facts = admin.locator(".reprocess-facts")
    expect(facts).to_contain_text("2 tasks at once")
    expect(facts).to_contain_text("Not before")
    expect(admin.locator(".reprocess-legend").first).to_contain_text(
        "1 Succeeded"
    )


def test_retry_in_closed_periods(admin, cloud, rating):
    cloud.do("break_source")
    batch_id = rating.order("Closed meanwhile", ["green"], hours=2)
    rating.wait(batch_id, "failed")
    cloud.do("heal_source")
    rating.close("green", 10)
    try:
        admin.goto(f"{PAGE}orders/{batch_id}/")
        for forced in (False, True):
            admin.get_by_role("button", name="Retry failed").click()
            dialog = admin.get_by_role("dialog")
            if forced:
                dialog.get_by_label(CLOSED).check()
            dialog.get_by_role("button", name="Retry tasks").click()
            expect(
                admin.get_by_text(
                    "1 task is tried again."
                    if forced
                    else "Periods of the window are closed: green"
                )
            ).to_be_visible()
        rating.wait(batch_id, "succeeded")
    finally:
        rating.close("green", None)
