# SPDX-License-Identifier: Apache-2.0
"""The page of a task."""

from playwright.sync_api import expect

from tests.browser import checks

PAGE = "/admin/reprocesses/"


def url_of(rating, batch_id):
    [task] = rating.tasks(batch_id)
    return f"{PAGE}tasks/{task['id']}/"


def test_a_task_from_waiting_to_succeeded(admin, cloud, rating):
    cloud.do("stop_processor")
    batch_id = rating.order("Followed to its end", ["green"], hours=60)
    admin.goto(f"{PAGE}orders/{batch_id}/")
    admin.get_by_role("link", name="green").click()
    task = admin.locator("[data-part=task]")
    expect(task).to_contain_text("in the queue")
    expect(task).to_contain_text("0 of 60 periods")
    task.get_by_role("button", name="Pause").click()
    admin.get_by_role("button", name="Pause task").click()
    expect(admin.get_by_text("Paused.")).to_be_visible()
    task.get_by_role("button", name="Resume").click()
    admin.get_by_role("button", name="Resume task").click()
    expect(task).to_contain_text("in the queue")
    cloud.do("start_processor")
    # The page refreshes itself.
    expect(task).to_contain_text("60 of 60 periods, 100", timeout=120_000)
    expect(task).to_contain_text("Succeeded")
    events = admin.locator("[data-part=events] li")
    expect(events.first).to_contain_text("Succeeded")
    expect(events.last).to_contain_text("Created")
    expect(events.last).to_contain_text("by admin")
    expect(admin.locator("[data-part=metrics]")).to_contain_text("After")
    admin.get_by_text("Numbers of the days").click()
    rows = admin.locator("[data-part=curve] tbody tr")
    expect(rows).to_have_count(rating.days(60))
    checks.accessible(admin)
    checks.picture(admin, "task")


def test_the_comparison_of_a_preview(admin, rating):
    # Hours that no other test rates again with the new price.
    batch_id = rating.order(
        "Compared", ["red"], begin=64, hours=6, mode="preview"
    )
    rating.wait(batch_id, "succeeded")
    admin.goto(url_of(rating, batch_id))
    comparison = admin.locator("[data-part=comparison]")
    expect(comparison).to_contain_text("Changed")
    expect(comparison).to_contain_text("difference \u2212")
    checks.accessible(admin)
    checks.picture(admin, "task-preview")


def test_a_failed_task(admin, cloud, rating):
    cloud.do("break_source")
    batch_id = rating.order("Fails alone", ["red"], begin=60, hours=2)
    rating.wait(batch_id, "failed")
    admin.goto(url_of(rating, batch_id))
    expect(admin.locator("[data-part=periods]")).to_contain_text("Failed")
    cloud.do("heal_source")
    admin.get_by_role("button", name="Retry").click()
    admin.get_by_role("button", name="Retry task").click()
    expect(admin.locator("[data-part=task]")).to_contain_text("2 of 2 periods")
    expect(admin.locator("[data-part=periods]")).not_to_contain_text("Failed")
