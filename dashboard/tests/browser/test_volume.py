# SPDX-License-Identifier: Apache-2.0
"""Pages with 10,000 tasks of 2,000 scopes.

The CPU time is that of Horizon, the API and Keystone together, without that
of the database. It is taken from several requests, so that a clock tick of
10 ms has no effect.
"""

import pytest
from playwright.sync_api import expect

from tests.browser import processes
from tests.browser import test_requests

PAGE = "/admin/reprocesses/"
SCOPES = 2000
ORDERS = 5
#: CPU seconds of the servers for a page.
LIMIT = 0.5
REQUESTS = 4


@pytest.fixture(scope="module")
def pattern(cloud, rating):
    """The task of a preview that has succeeded."""
    cloud.do("start_processor")
    batch_id = rating.order("Pattern", ["red"], hours=24, mode="preview")
    rating.wait(batch_id, "succeeded")
    [task] = rating.tasks(batch_id)
    return task["id"]


@pytest.fixture(scope="module")
def many(cloud, rating, pattern):
    """Five orders for 2,000 scopes each, that wait; the id of the last."""
    cloud.do("stop_processor")
    cloud.do("add_scopes", count=SCOPES)
    for number in range(ORDERS):
        batch_id = rating.order_all(
            f"For many scopes {number}", begin=60 + number, hours=1
        )
    yield batch_id
    rating.cancel_all()
    cloud.do("deactivate_added_scopes")


@pytest.fixture(scope="module")
def preview(cloud, rating, pattern, many):
    """A complete preview of as many scopes."""
    shown = rating.order_all("Shown", hours=24, mode="preview")
    cloud.do("complete_preview", batch_id=shown, pattern=pattern)
    return shown


@pytest.fixture
def quiet(cloud, many):
    """Without the processor, whose time is not that of a page."""
    cloud.do("stop_processor")
    return many


def seconds_of(page, url, horizon, cloud):
    """Return the CPU seconds of the servers for a page."""
    roots = horizon.pid, cloud.facts["pid"]
    for _ in range(2):
        # The first requests fill the caches of names and templates.
        assert page.request.get(url).ok
    before = processes.cpu_seconds(*roots)
    for _ in range(REQUESTS):
        assert page.request.get(url).ok
    return (processes.cpu_seconds(*roots) - before) / REQUESTS


def test_cpu_of_pages(admin, cloud, horizon, quiet, preview, pattern):
    pages = {
        "orders": PAGE,
        "orders, refreshed": f"{PAGE}data",
        "order": f"{PAGE}orders/{quiet}/",
        "order, last page": f"{PAGE}orders/{quiet}/?offset=1950",
        "order, refreshed": f"{PAGE}orders/{quiet}/data",
        "preview": f"{PAGE}orders/{preview}/",
        "preview, to approve": f"{PAGE}orders/{preview}/?approve={quiet}",
        "preview, refreshed": f"{PAGE}orders/{preview}/data",
        "preview of an order": f"{PAGE}orders/{quiet}/preview",
        "task": f"{PAGE}tasks/{pattern}/",
        "task, refreshed": f"{PAGE}tasks/{pattern}/data",
        "new order": f"{PAGE}new",
        "health": f"{PAGE}health",
        "health, refreshed": f"{PAGE}health/data",
        "prices": f"{PAGE}prices/",
        "price": test_requests.address_of_a_price(admin),
        "provisional prices": "/project/provisional/",
    }
    seconds = {
        name: seconds_of(admin, url, horizon, cloud)
        for name, url in pages.items()
    }
    print(seconds)
    assert max(seconds.values()) < LIMIT, seconds


def test_search_of_a_scope(admin, quiet):
    admin.goto(f"{PAGE}new")
    admin.get_by_label("Selected scopes").check()
    admin.get_by_label("Search by the name").fill("SCOPE-01234")
    boxes = admin.locator(".reprocess-scopes li:visible")
    expect(boxes).to_have_count(1)
    admin.get_by_label("scope-01234", exact=True).check()
    expect(admin.get_by_text("1 selected")).to_be_visible()


def test_pages_of_tasks(admin, quiet):
    admin.goto(f"{PAGE}orders/{quiet}/")
    expect(admin.get_by_text("1 to 50 of 2004")).to_be_visible()
    admin.get_by_role("link", name="Next page").click()
    expect(admin.get_by_text("51 to 100 of 2004")).to_be_visible()
    assert "offset=50" in admin.url
