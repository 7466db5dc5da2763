# SPDX-License-Identifier: Apache-2.0
"""A test case that runs seeds."""

from cloudkitty.tests import base
from cloudkitty.tests.simulation import runner


class SeedsCase(base.TestCase):
    def setUp(self):
        super().setUp()
        self.runner = runner.Runner()
        self.runner.__enter__()
        self.addCleanup(self.runner.__exit__)

    def check_found(self, words, seeds):
        """Check that one of the seeds fails with this message."""
        found = []
        for seed in seeds:
            found.append(self.runner.run(seed).failure)
            if words in found[-1]:
                return
        self.fail(f"not found: {[one for one in found if one]}")
