# SPDX-License-Identifier: Apache-2.0
"""The same samples rate the same from Prometheus and from a file."""

import random

from testtools import content

from cloudkitty.tests import base
from cloudkitty.tests import prometheus
from cloudkitty.tests.functional.orchestrator import deployment

QUARTER = 900


class Deployment(deployment.Deployment):
    """One with samples all over the periods, at their very edges too."""

    def __init__(self, test, seed, **options):
        self._seed = seed
        super().__init__(test, hours=48, **options)

    def _samples(self, name, label, value):
        chance = random.Random(f"{self._seed}{name}")
        begin = int(self.window.begin.timestamp())
        end = int(self.window.end.timestamp())
        for scope_id in self.scope_ids:
            for number in range(3):
                labels = (
                    f'project_id="{scope_id}",{label}="{scope_id}-{number}",'
                    f'flavor="m{number}"'
                )
                for at in range(begin, end + 1, QUARTER):
                    if chance.random() < 0.9:
                        size = chance.choice([1, 0.1, 2.675, 1e9 / 7])
                        yield f"{name}{{{labels}}} {size!r} {at}"


class TestPrometheusAndFile(base.TestCase):
    def test_live_rating_and_reprocess_agree_to_the_last_digit(self):
        self.need("prometheus", prometheus.installed())
        seed = random.randrange(2**32)
        self.addDetail("seed", content.text_content(str(seed)))
        of_file = Deployment(self, seed)
        server = self.useFixture(
            prometheus.PrometheusFixture(
                (of_file.folder / "samples.om").read_text(),
                self.make_folder(),
            )
        )
        of_server = Deployment(
            self,
            seed,
            end=of_file.window.end,
            collector="prometheus",
            prometheus_url=server.url,
        )
        for price in ("0.1234567890123456789", "3"):
            dumps = [self.rate(place, price) for place in (of_file, of_server)]
            self.assertGreater(len(dumps[0]), 500)
            self.assertEqual(*dumps)

    def rate(self, place, price):
        """Return the points after live rating, or after a reprocess."""
        place.set_price(price)
        if place.log.exists():
            ids = [
                place.schedule(name, place.window) for name in place.scope_ids
            ]
            for task_id in ids:
                place.wait_until_done(task_id)
        else:
            place.start()
            place.wait_until_rated()
        return place.dump()
