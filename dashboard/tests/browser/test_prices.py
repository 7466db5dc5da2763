# SPDX-License-Identifier: Apache-2.0
"""A price is changed from a time on, and the past is rated again."""

from playwright.sync_api import expect

from tests.browser import checks

PAGE = "/admin/reprocesses/"
HASHMAP = "/v1/rating/module_config/hashmap"


def test_a_price_from_the_past(admin, rating):
    admin.goto(PAGE)
    admin.get_by_role("link", name="Prices").click()
    expect(admin.get_by_role("table")).to_contain_text("all points")
    checks.accessible(admin)
    admin.get_by_role("link", name="Change the price").last.click()
    metric = admin.locator("dd").first.inner_text()
    admin.get_by_label("From").fill(rating.local(48))
    admin.get_by_label("New price").fill("0.25")
    checks.picture(admin, "price")
    admin.get_by_label("New price").fill("much")
    admin.get_by_role("button", name="Change the price").click()
    expect(admin.get_by_role("alert")).to_contain_text("cost")
    admin.get_by_label("New price").fill("0.25")
    checks.accessible(admin)
    admin.get_by_role("button", name="Change the price").click()
    # The order that rates the past again.
    expect(admin.get_by_text("The price was changed.")).to_be_visible()
    expect(admin.get_by_label("Begin")).to_have_value(rating.local(48))
    expect(admin.get_by_label("All: 4 active scopes")).to_be_checked()
    expect(admin.get_by_label("Reason")).to_have_value(
        f"New price 0.25 of {metric}, all points"
    )
    admin.get_by_role("button", name="Preview").click()
    expect(admin.get_by_text("The preview was started.")).to_be_visible()
    expect(admin.locator(".reprocess-legend").first).to_contain_text(
        "4 Succeeded"
    )
    admin.goto(f"{PAGE}prices/")
    rows = admin.get_by_role("row").filter(has_text=metric)
    expect(rows.filter(has_text="0.25")).to_have_count(1)


def test_a_threshold(admin, rating):
    """Only its price changes."""
    rules = rating.call("GET", f"{HASHMAP}/rules")
    service = rules["services"][0]
    made = rating.call(
        "POST",
        f"{HASHMAP}/thresholds",
        {
            "service_id": service["service_id"],
            "level": "100000",
            "cost": "0.9",
            "type": "rate",
            "tenant_id": "a scope",
        },
    )
    path = f"{HASHMAP}/thresholds/{made['threshold_id']}"
    admin.goto(f"{PAGE}prices/")
    row = admin.get_by_role("row").filter(has_text="quantity from 100000 on")
    row.get_by_role("link", name="Change the price").click()
    admin.get_by_label("New factor").fill("0.8")
    admin.get_by_label("Rate again from").fill(rating.local(48))
    checks.accessible(admin)
    admin.get_by_role("button", name="Change the price").click()
    expect(admin.get_by_text("The price was changed.")).to_be_visible()
    stored = rating.call("GET", path)
    assert float(stored["cost"]) == 0.8
    assert {**made, "cost": stored["cost"]} == stored
    rating.call("DELETE", path)
