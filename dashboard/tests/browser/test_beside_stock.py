# SPDX-License-Identifier: Apache-2.0
"""The panel beside those of cloudkitty-dashboard."""

from playwright.sync_api import expect

PAGE = "/admin/reprocesses/"


def test_both_in_one_group(browser, cloud, stock_horizon, rating):
    rating.wait(rating.order("Beside the others", ["blue"]), "succeeded")
    context = browser.new_context(base_url=stock_horizon.url)
    page = context.new_page()
    page.goto("/auth/login/")
    page.get_by_label("User Name").fill("admin")
    page.get_by_label("Password", exact=True).fill(cloud.facts["password"])
    page.get_by_role("button", name="Sign In").click()
    page.wait_for_url(lambda url: "/auth/login" not in url)
    page.goto(PAGE)
    expect(page.get_by_role("link", name="Beside the others")).to_be_visible()
    menu = page.locator("#sidebar-accordion-admin-rating")
    for panel in ("Reprocessing", "Hashmap", "Rating Modules"):
        expect(menu.get_by_role("link", name=panel)).to_have_count(1)
    page.get_by_role("link", name="Hashmap").click()
    expect(page.get_by_role("link", name="Create new Service")).to_be_visible()
    context.close()
