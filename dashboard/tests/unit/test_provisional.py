# SPDX-License-Identifier: Apache-2.0
"""Windows of a project whose rating is changing, and their banner."""

from django.conf import settings
from django.urls import reverse

from cloudkitty_reprocess_dashboard import client
from tests.unit import base


def answer(*days: int) -> client.Answer:
    """Return the answer with a window for each day of November."""
    windows = [
        {
            "scope_id": "id-blue",
            "task_id": day,
            "begin": f"2026-11-{day:02}T00:00:00+00:00",
            "end": f"2026-11-{day + 1:02}T00:00:00+00:00",
        }
        for day in days
    ]
    return client.Answer({"total": 0, "results": [], "provisional": windows})


class TestProvisional(base.TestCase):
    url = reverse("horizon:project:provisional:index")
    data_url = reverse("horizon:project:provisional:index_data")
    banner_url = reverse("horizon:project:provisional:banner")

    def test_page(self):
        with self.api(answer(7, 3)):
            response = self.client.get(self.url)
        [(method, path, _arguments)] = self.sent
        self.assertEqual(("GET", "/v2/summary"), (method, path))
        self.assertContains(response, "Prices are provisional.")
        content = response.content.decode()
        self.assertLess(
            content.index("2026-11-03 00:00 UTC"),
            content.index("2026-11-07 00:00 UTC"),
        )

    def test_nothing_is_changing(self):
        with self.api(answer()):
            response = self.client.get(self.url)
        self.assertContains(response, "No window is being rated again")

    def test_data(self):
        with self.api(answer(3)):
            response = self.client.get(self.data_url)
        self.assertIn("provisional", response.json()["parts"]["windows"])

    def test_banner(self):
        with self.api(answer(3, 4, 5, 6, 7)):
            response = self.client.get(self.banner_url)
        for text in (
            "Prices are provisional.",
            "2026-11-03 00:00 UTC",
            "and 2 more",
            self.url,
        ):
            self.assertContains(response, text)
        self.assertNotContains(response, "2026-11-07 00:00 UTC")

    def test_no_banner(self):
        error = client.RatingError(503, "no answer")
        with self.api(answer(), error):
            for _reason in ("nothing is changing", "an error"):
                response = self.client.get(self.banner_url)
                self.assertEqual(204, response.status_code)

    def test_the_script_is_on_the_pages_of_horizon(self):
        self.assertIn(
            "reprocess/banner.js", settings.HORIZON_CONFIG["js_files"]
        )
