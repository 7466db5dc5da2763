# SPDX-License-Identifier: Apache-2.0
"""A page, and each refresh of a page, is one request to the rating API."""

import time

import pytest
from playwright.sync_api import expect

from tests.browser import checks

PAGE = "/admin/reprocesses/"
#: Seconds after a response until its line is in the API's log.
LATE = 0.3


@pytest.fixture
def asked(cloud):
    """Return a function that calls another and returns the API's requests."""

    def count(action):
        time.sleep(LATE)
        before = len(cloud.do("requests"))
        action()
        time.sleep(LATE)
        return cloud.do("requests")[before:]

    return count


@pytest.fixture(scope="module")
def preview(cloud, rating):
    """A finished preview, and no task that is at work."""
    # A fixture of a module is set up before the cloud is made healthy.
    cloud.do("start_processor")
    batch_id = rating.order("Asked once", ["red"], hours=2, mode="preview")
    rating.wait(batch_id, "succeeded")
    return batch_id


def address_of_a_price(page):
    page.goto(f"{PAGE}prices/")
    link = page.get_by_role("link", name="Change the price").last
    return link.get_attribute("href")


def test_pages_and_refreshes(admin, asked, rating, preview):
    [task] = rating.tasks(preview)
    orders = f"{PAGE}orders/{preview}/"
    addresses = {
        PAGE: "/v2/task/batches",
        f"{PAGE}data": "/v2/task/batches",
        f"{PAGE}?show=failed&mode=reprocess&reason=x": "/v2/task/batches",
        orders: f"/v2/task/batches/{preview}",
        f"{orders}data": f"/v2/task/batches/{preview}",
        f"{orders}?approve={preview}": f"/v2/task/batches/{preview}",
        f"{PAGE}tasks/{task['id']}/": f"/v2/task/{task['id']}",
        f"{PAGE}tasks/{task['id']}/data": f"/v2/task/{task['id']}",
        f"{PAGE}new": "/v2/task",
        f"{PAGE}new?scope=ALL&metric=instance": "/v2/task",
        f"{PAGE}health": "/v2/task/workers",
        f"{PAGE}health/data": "/v2/task/workers",
        f"{PAGE}prices/": "/v1/rating/module_config/hashmap/rules",
        address_of_a_price(admin): "/v1/rating/module_config/hashmap/rules",
        "/project/provisional/": "/v2/summary",
        "/project/provisional/data": "/v2/summary",
        "/project/provisional/banner": "/v2/summary",
    }
    for address, path in addresses.items():
        found = asked(lambda: admin.request.get(address))  # noqa: B023
        assert len(found) == 1, (address, found)
        assert found[0].startswith(f"GET {path}?"), (address, found)


def test_nothing_has_changed(admin, asked, preview):
    data = f"{PAGE}orders/{preview}/data"
    etag = admin.request.get(data).headers["etag"]

    def refresh():
        answer = admin.request.get(data, headers={"If-None-Match": etag})
        # Once a minute the API has another ETag.
        assert answer.status in (200, 304)

    assert len(asked(refresh)) == 1


def test_the_window_of_the_form(admin, asked):
    query = "begin=2026-01-01T00:00&end=2026-01-02T00:00&period=3600"
    assert not asked(lambda: admin.request.get(f"{PAGE}new/window?{query}"))


def test_in_the_browser(admin, asked, preview):
    """With all that the scripts of a page do when it is loaded."""
    names = {
        "": "Orders, newest first",
        f"orders/{preview}/": "Tasks, failed",
        "health": "Workers of",
    }
    for address, caption in names.items():

        def load():
            admin.goto(PAGE + address)  # noqa: B023
            expect(
                admin.get_by_role("table", name=caption)  # noqa: B023
            ).to_be_visible()

        assert len(asked(load)) == 1
        assert len(asked(lambda: checks.refresh(admin))) == 1


def test_changes(admin, cloud, rating, asked):
    cloud.do("stop_processor")
    batch_id = rating.order("Changed once", ["red"], hours=2)
    admin.goto(f"{PAGE}orders/{batch_id}/")
    admin.get_by_role("button", name="Cancel").click()
    dialog = admin.get_by_role("dialog")

    def cancel():
        dialog.get_by_role("button", name="Cancel tasks").click()
        expect(admin.get_by_text("1 task cancelled.")).to_be_visible()

    # The page refreshes itself in between, if it was open for 3 seconds.
    found = [line for line in asked(cancel) if line.startswith("PATCH")]
    assert found == ["PATCH /v2/task?"]
