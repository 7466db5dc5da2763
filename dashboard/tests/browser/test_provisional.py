# SPDX-License-Identifier: Apache-2.0
"""A member sees which prices of the project are provisional."""

import pytest
from playwright.sync_api import expect

from tests.browser import checks

PAGE = "/project/provisional/"
PROVISIONAL = "Prices are provisional."


@pytest.fixture
def changing(cloud, rating):
    """A task of the member's project is at work."""
    cloud.do("stop_processor")
    task_id = cloud.do("begin_task", scope_id=cloud.facts["demo"])
    yield
    rating.change_task(task_id, "cancelled")


def test_the_panel(member, changing, rating):
    member.goto(PAGE)
    expect(member.get_by_text(PROVISIONAL)).to_be_visible()
    expect(member.get_by_role("table")).to_contain_text(
        f"{rating.begin:%Y-%m-%d %H:%M}"
    )
    checks.accessible(member)
    checks.picture(member, "provisional")


def test_nothing_is_changing(member):
    member.goto(PAGE)
    expect(member.get_by_text("No window is being rated")).to_be_visible()


def test_the_banner(browser, cloud, stock_horizon, changing):
    context = browser.new_context(base_url=stock_horizon.url)
    page = context.new_page()
    page.goto("/auth/login/")
    page.get_by_label("User Name").fill("member")
    page.get_by_label("Password", exact=True).fill(cloud.facts["password"])
    page.get_by_role("button", name="Sign In").click()
    page.wait_for_url(lambda url: "/auth/login" not in url)
    page.goto("/project/rating/")
    banner = page.locator(".reprocess-provisional")
    expect(banner).to_contain_text(PROVISIONAL)
    checks.accessible(page, ".reprocess-provisional")
    checks.picture(page, "provisional-banner")
    banner.get_by_role("link", name="Details").click()
    expect(page.get_by_role("table")).to_be_visible()
    expect(page.locator(".reprocess-provisional")).to_have_count(0)
    context.close()
