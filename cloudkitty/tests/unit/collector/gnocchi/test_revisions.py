# SPDX-License-Identifier: Apache-2.0
"""Places of a joint answer that need an exact request."""

import datetime

from cloudkitty.collector import definitions
from cloudkitty.collector.gnocchi import query as gnocchi_query
from cloudkitty.collector.gnocchi import revisions
from cloudkitty.tests import base

BEGIN = base.utc("2026-11-01T00:00")
HOUR = 3600
COUNT = 3


def at(seconds):
    """Return a time after the begin of the window, as Gnocchi's text."""
    return (BEGIN + datetime.timedelta(seconds=seconds)).isoformat()


class TestDoubtful(base.TestCase):
    def setUp(self):
        super().setUp()
        [metric] = definitions.parse(
            {
                "metrics": {
                    "cpu": {
                        "unit": "u",
                        "extra_args": {"resource_type": "instance"},
                    }
                }
            },
            "project_id",
            gnocchi_query.EXTRA_ARGS,
        )
        self.answer = revisions.Answer(
            gnocchi_query.make(metric, "project_id", HOUR),
            BEGIN.timestamp(),
            COUNT,
            None,
        )

    def add(self, begin, *measured):
        """Add a revision with measures: seconds after the begin."""
        self.answer.add(
            {
                "group": {
                    "id": "r",
                    "project_id": "p",
                    "revision_start": at(begin),
                },
                "measures": {
                    "measures": {
                        "aggregated": [
                            [at(second), 300.0, 1.0] for second in measured
                        ]
                    }
                },
            }
        )

    def check(self, *expected):
        """Check the doubts: index of the period, begin of the revision."""
        self.assertEqual(
            [(index, BEGIN.timestamp() + begin) for index, begin in expected],
            [
                (doubt.index, doubt.begin)
                for doubt in self.answer.doubtful()
                if (doubt.scope_id, doubt.resource_id) == ("p", "r")
            ],
        )

    def test_revision_before_the_window(self):
        self.add(-HOUR, 0, HOUR, 2 * HOUR)
        self.check()

    def test_revision_inside_a_period(self):
        self.add(HOUR + 600, HOUR + 900)
        self.check((1, HOUR + 600))

    def test_revision_without_a_measure_in_its_first_period(self):
        self.add(3500, HOUR, 2 * HOUR)
        self.check((0, 3500))

    def test_revision_without_measures(self):
        self.add(HOUR + 600)
        self.check((1, HOUR + 600))

    def test_an_earlier_one_has_measures_in_the_period(self):
        self.add(-HOUR, 0, HOUR)
        self.add(HOUR + 600, HOUR + 900)
        self.check()

    def test_an_earlier_one_has_none_in_the_period(self):
        self.add(-HOUR, 0)
        self.add(HOUR + 600, HOUR + 900)
        self.add(HOUR + 1200, HOUR + 1200)
        self.check((1, HOUR + 600))

    def test_revisions_at_the_begin_of_a_period_and_outside(self):
        self.add(HOUR, HOUR)
        self.add(COUNT * HOUR + 60)
        self.check()
