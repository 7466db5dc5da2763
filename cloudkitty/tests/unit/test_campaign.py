# SPDX-License-Identifier: Apache-2.0
"""Kills at points that a run may come by less often than the one before."""

import fixtures

from cloudkitty.tests import base
from cloudkitty.tests.crash import campaign


class Place:
    def __init__(self, test):
        self.test = test
        self.mended = 0

    def mend(self, scope_ids):
        self.mended += 1


class Campaign(campaign.Campaign):
    """Children come by each point twice."""

    def __init__(self, place):
        super().__init__(place, "live, points apart")
        self.killed = []

    def count(self):
        return dict.fromkeys(campaign.shares(self.family, "sqlite"), self.told)

    def kill(self, point, hit):
        if hit > 2:
            raise campaign.Missed
        self.killed.append(hit)


class TestCampaign(base.TestCase):
    def run_with(self, told):
        # Whatever the environment says.
        self.useFixture(fixtures.MockPatchObject(campaign, "KILLS", 0))
        made = Campaign(Place(self))
        made.told = told
        made.run("sqlite")
        return made

    def test_each_point_is_killed_at(self):
        made = self.run_with(2)
        self.assertEqual({2}, set(made.killed))
        self.assertEqual(len(made.killed), made.place.mended)

    def test_a_missed_hit_is_tried_earlier(self):
        made = self.run_with(9)
        self.assertEqual({2}, set(made.killed))
        # Hits 5, 4 and 3 are missed, and mended too.
        self.assertEqual(4 * len(made.killed), made.place.mended)
