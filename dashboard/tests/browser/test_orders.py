# SPDX-License-Identifier: Apache-2.0
"""The landing page."""

import pytest
from playwright.sync_api import expect

from tests.browser import checks

PAGE = "/admin/reprocesses/"


def row_of(page, reason):
    return page.get_by_role("row").filter(has_text=reason)


@pytest.fixture
def waiting(cloud, rating):
    """Return a function that makes an order that no processor executes."""
    cloud.do("stop_processor")
    made = []

    def order(reason, **fields):
        made.append(rating.order(reason, ["red", "violet"], **fields))
        return made[-1]

    yield order
    for batch_id in made:
        rating.change(batch_id, "cancelled")


def test_an_order_is_shown(admin, rating):
    batch_id = rating.order("Seen in the list", ["blue", "green"])
    rating.wait(batch_id, "succeeded")
    admin.goto(PAGE)
    row = row_of(admin, "Seen in the list")
    for text in ("2 Succeeded", "admin", "100 %", "blue, green"):
        expect(row).to_contain_text(text)
    summary = admin.locator(".reprocess-summary")
    expect(summary).to_contain_text("0 running")
    expect(summary).to_contain_text("worker alive")


def test_times_in_the_zone_of_the_user(open_page, rating):
    rating.order("In another zone", ["blue"], mode="preview")
    page = open_page("admin")
    page.context.add_cookies(
        [
            {
                "name": "django_timezone",
                "value": "Asia/Kolkata",
                "url": page.url_of_horizon,
            }
        ]
    )
    page.goto(PAGE)
    time = row_of(page, "In another zone").locator("td time").first
    local = rating.begin.astimezone(rating.zone("Asia/Kolkata"))
    expect(time).to_have_text(f"{local:%Y-%m-%d %H:%M}")
    expect(time).to_have_attribute(
        "title", f"{rating.begin:%Y-%m-%d %H:%M} UTC"
    )


def test_filters(admin, rating, waiting):
    waiting("An unfinished order")
    admin.goto(PAGE)
    admin.get_by_label("Show").select_option("Unfinished")
    admin.get_by_label("Reason contains").fill("UNFINISHED")
    admin.get_by_role("button", name="Filter").click()
    expect(admin.locator("tbody tr")).to_have_count(1)
    expect(row_of(admin, "An unfinished order")).to_be_visible()
    admin.get_by_label("Reason contains").fill("no such reason")
    admin.get_by_role("button", name="Filter").click()
    expect(admin.get_by_text("No order matches.")).to_be_visible()


def test_pause_resume_cancel(admin, rating, waiting):
    batch_id = waiting("Changed by buttons")
    admin.goto(PAGE)
    row = row_of(admin, "Changed by buttons")
    for button, title, message, state in (
        ("Pause", "Pause this order?", "2 tasks paused.", "paused"),
        ("Resume", "Resume this order?", "2 tasks resumed.", "scheduled"),
        ("Cancel", "Cancel this order?", "2 tasks cancelled.", "cancelled"),
    ):
        row.get_by_role("button", name=button).click()
        dialog = admin.get_by_role("dialog", name=title)
        expect(dialog).to_contain_text("Changed by buttons")
        dialog.get_by_role("button", name=f"{button} tasks").click()
        expect(admin.get_by_text(message)).to_be_visible()
        assert rating.batch(batch_id)["states"][state] == 2


def test_cancel_while_the_page_refreshes(admin, rating, waiting):
    batch_id = waiting("Changes under the dialog")
    admin.goto(PAGE)
    row = row_of(admin, "Changes under the dialog")
    row.get_by_role("button", name="Cancel").click()
    dialog = admin.get_by_role("dialog", name="Cancel this order?")
    dialog.get_by_label("Reason of the change").fill("wrong month")
    # The row is replaced twice while the dialog is open.
    for state, text in (("paused", "2 Paused"), ("scheduled", "2 Waiting")):
        rating.change(batch_id, state)
        checks.refresh(admin)
        expect(admin.locator("tbody")).to_contain_text(text)
    expect(dialog.get_by_label("Reason of the change")).to_have_value(
        "wrong month"
    )
    dialog.get_by_role("button", name="Cancel tasks").click()
    expect(admin.get_by_text("2 tasks cancelled.")).to_be_visible()
    assert rating.batch(batch_id)["states"]["cancelled"] == 2


def test_keyboard(admin, rating, waiting):
    batch_id = waiting("Changed by keys")
    admin.goto(PAGE)
    button = row_of(admin, "Changed by keys").get_by_role(
        "button", name="Pause"
    )
    button.focus()
    admin.keyboard.press("Enter")
    expect(admin.get_by_role("dialog")).to_be_visible()
    admin.keyboard.press("Escape")
    expect(admin.get_by_role("dialog")).to_be_hidden()
    expect(button).to_be_focused()
    # The focus stays on the button, although its row is replaced.
    rating.change(batch_id, "paused")
    resume = row_of(admin, "Changed by keys").get_by_role(
        "button", name="Resume"
    )
    expect(resume).to_be_visible()
    resume.focus()
    rating.change(batch_id, "scheduled")
    checks.refresh(admin)
    expect(button).to_be_visible()
    admin.get_by_role("link", name="Changed by keys").focus()
    rating.change(batch_id, "paused")
    expect(resume).to_be_visible()
    expect(admin.get_by_role("link", name="Changed by keys")).to_be_focused()


def test_retry_after_a_failure(admin, cloud, rating):
    cloud.do("break_source")
    batch_id = rating.order("Fails and heals", ["blue", "green"])
    rating.wait(batch_id, "failed")
    admin.goto(PAGE)
    row = row_of(admin, "Fails and heals")
    expect(row).to_contain_text("2 Failed")
    cloud.do("heal_source")
    row.get_by_role("button", name="Retry failed").click()
    dialog = admin.get_by_role("dialog")
    dialog.get_by_role("button", name="Retry tasks").click()
    expect(admin.get_by_text("2 tasks are tried again.")).to_be_visible()
    # The page shows the success without being loaded again.
    expect(row).to_contain_text("2 Succeeded")


def test_refreshes_are_cheap(admin, waiting):
    waiting("Nothing changes")
    admin.goto(PAGE)
    # The API has another answer once a minute, see the API reference.
    for _ in range(2):
        with admin.expect_response(
            lambda response: (
                "reprocesses/data" in response.url and response.status == 304
            )
        ):
            pass


def test_the_api_does_not_answer(open_page, rating, waiting):
    waiting("Then the API is away")
    page = open_page("admin")
    page.goto(PAGE)
    page.route(
        "**/reprocesses/data*",
        lambda route: route.fulfill(
            status=503, json={"error": "no connection"}
        ),
    )
    expect(page.get_by_role("status").first).to_have_text(
        "This page could not be refreshed: no connection"
    )
    page.unroute("**/reprocesses/data*")
    expect(page.get_by_role("status").first).to_have_text("")
    # The browser writes the status of an answer that is not 2xx.
    assert all("503" in text for text in open_page.messages)
    open_page.messages.clear()


def test_accessible(admin, cloud, rating):
    # An order with tasks in several states.
    names = ["blue", "green", "red", "violet"]
    cloud.do("break_source")
    batch_id = rating.order("Price of instances was wrong", names, hours=48)
    rating.wait(batch_id, "failed")
    cloud.do("heal_source")
    first, second, third, _ = rating.tasks(batch_id)
    for task in (first, second):
        rating.change_task(task["id"], "scheduled")
    rating.wait(batch_id, "succeeded", 2)
    cloud.do("stop_processor")
    for state in ("scheduled", "paused"):
        rating.change_task(third["id"], state)
    cloud.do("start_processor")
    rating.wait_for_worker()
    admin.goto(PAGE)
    row = row_of(admin, "Price of instances was wrong")
    for text in ("2 Succeeded", "1 Paused", "1 Failed"):
        expect(row).to_contain_text(text)
    expect(admin.locator(".reprocess-summary")).to_contain_text("1 worker")
    checks.accessible(admin)
    checks.picture(admin, "orders", whole=False)
    checks.picture(admin, "orders-narrow", narrow=True, whole=False)
    rating.cancel_all()


def test_the_dialog_is_accessible(admin, waiting):
    waiting("Shown in a dialog")
    admin.goto(PAGE)
    row_of(admin, "Shown in a dialog").get_by_role(
        "button", name="Cancel"
    ).click()
    checks.accessible(admin)
    checks.picture(admin, "confirmation")


@pytest.mark.parametrize("page", ["", "data", "new", "orders/x/"])
def test_a_member_gets_403(open_page, page):
    opened = open_page("member")
    response = opened.goto(PAGE + page)
    assert response.status == 403
    # The browser writes the status of a document that is not 2xx.
    assert all("403" in text for text in open_page.messages)
    open_page.messages.clear()


def test_a_member_sees_no_panel(open_page):
    page = open_page("member")
    page.goto("/settings/")
    expect(page.get_by_text("Reprocessing")).to_have_count(0)
