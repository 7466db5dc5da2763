# SPDX-License-Identifier: Apache-2.0
"""The page of an order, and the form of a new one."""

import pytest
from playwright.sync_api import expect

from tests.browser import checks

PAGE = "/admin/reprocesses/"


@pytest.fixture
def form(admin):
    admin.goto(PAGE)
    admin.get_by_role("link", name="New order").click()
    return admin


def select(page, *names):
    page.get_by_label("Selected scopes").check()
    for name in names:
        page.get_by_label("Search by the name").fill(name.upper())
        page.get_by_label(name, exact=True).check()


def fill_window(page, rating, begin, end):
    page.get_by_label("Begin").fill(rating.local(begin))
    page.get_by_label("End (exclusive)").fill(rating.local(end))
    page.get_by_label("End (exclusive)").blur()


def test_preview_and_order_as_shown(form, rating):
    page = form
    select(page, "blue", "green")
    expect(page.get_by_text("2 selected")).to_be_visible()
    fill_window(page, rating, 24, 30)
    expect(page.locator("#reprocess-window")).to_contain_text("6 periods")
    page.get_by_label("instance", exact=True).check()
    page.get_by_label("Reason").fill("Half price")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("The preview was started.")).to_be_visible()
    preview_url = page.url
    expect(page.locator(".reprocess-legend").first).to_contain_text(
        "2 Succeeded"
    )
    checks.picture(page, "preview")
    page.get_by_role("button", name="Order as shown").click()
    dialog = page.get_by_role("dialog", name="Order as shown?")
    expect(dialog.get_by_label("Reason of the order")).to_have_value(
        "Half price"
    )
    dialog.get_by_role("button", name="Order as shown").click()
    expect(page.get_by_text("Ordered as shown")).to_be_visible()
    assert page.url != preview_url
    expect(page.locator(".reprocess-legend").first).to_contain_text(
        "2 Succeeded"
    )
    batch = rating.batch(page.url.rstrip("/").rpartition("/")[2])
    assert batch["mode"] == "reprocess"
    assert batch["periods_done"] == 12
    assert [each["metric"] for each in batch["metrics"]] == ["instance"]
    page.get_by_role("link", name="the preview").click()
    expect(page).to_have_url(preview_url)
    expect(page.get_by_role("link", name="order 1")).to_be_visible()


def test_order_all_scopes(form, rating):
    page = form
    page.get_by_label("All: 4 active scopes").check()
    fill_window(page, rating, 30, 33)
    page.get_by_label("Reason").fill("All at once")
    page.get_by_role("button", name="Order", exact=True).click()
    expect(page.get_by_text("The order was accepted.")).to_be_visible()
    expect(page.locator(".reprocess-legend").first).to_contain_text(
        "4 Succeeded"
    )
    expect(page.locator("[data-part=metrics]")).to_contain_text("volume.size")
    checks.accessible(page)
    checks.picture(page, "order")


def test_the_window_is_snapped_and_bounded(form, rating):
    page = form
    select(page, "red")
    page.get_by_label("Begin").fill(rating.local(24, minutes=10))
    page.get_by_label("End (exclusive)").fill(rating.local(26, minutes=10))
    page.get_by_label("End (exclusive)").blur()
    expect(page.get_by_label("Begin")).to_have_value(rating.local(24))
    expect(page.get_by_label("End (exclusive)")).to_have_value(
        rating.local(27)
    )
    fill_window(page, rating, 24, 24 * 30)
    expect(page.locator("#reprocess-window")).to_contain_text("rated until")
    page.get_by_label("Reason").fill("Too early")
    page.get_by_role("button", name="Order", exact=True).click()
    # The browser does not send it.
    assert page.url.endswith("/new")


def test_refused_by_the_api(form, cloud, rating):
    cloud.do("stop_processor")
    batch_id = rating.order("Is in the way", ["red"], begin=40, hours=2)
    page = form
    select(page, "red")
    fill_window(page, rating, 40, 42)
    page.get_by_label("Reason").fill("Shares periods")
    page.get_by_role("button", name="Order", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("share periods")
    expect(page.get_by_label("Reason")).to_have_value("Shares periods")
    # What the user selected is kept.
    expect(page.get_by_label("red", exact=True)).to_be_checked()
    rating.change(batch_id, "cancelled")


def test_the_form_is_accessible(form):
    form.get_by_label("Selected scopes").check()
    checks.accessible(form)
    checks.picture(form, "new-order")


def test_failed_tasks_first(admin, cloud, rating):
    done = rating.order(
        "No data for two scopes", ["violet"], begin=50, hours=1
    )
    rating.wait(done, "succeeded")
    cloud.do("break_source")
    batch_id = rating.order(
        "No data for two scopes", ["red", "violet"], begin=50, hours=2
    )
    rating.wait(batch_id, "failed")
    admin.goto(f"{PAGE}orders/{batch_id}/")
    row = admin.locator("[data-part=tasks] tbody tr").first
    expect(row).to_contain_text("Failed")
    expect(row).to_contain_text("1 failed attempt")
    checks.accessible(admin)
    checks.picture(admin, "order-failed")
    admin.get_by_label("State").select_option("Succeeded")
    admin.get_by_role("button", name="Filter").click()
    expect(admin.get_by_text("No task matches.")).to_be_visible()
