# SPDX-License-Identifier: Apache-2.0
import hashlib
import itertools
import unittest

from benchmarks import dataset

_SMALL = dataset.Shape(scopes=2, instances=2, volumes=1, days=1)


class TestLines(unittest.TestCase):
    def test_same_shape_same_text(self):
        one = "".join(dataset.lines(_SMALL))

        self.assertEqual(one, "".join(dataset.lines(_SMALL)))
        # Figures of different days are of the same data.
        self.assertEqual(
            "44305992", hashlib.sha256(one.encode()).hexdigest()[:8]
        )

    def test_other_seed_other_text(self):
        other = dataset.Shape(
            scopes=2, instances=2, volumes=1, days=1, seed=43
        )

        self.assertNotEqual(
            list(dataset.lines(_SMALL)), list(dataset.lines(other))
        )

    def test_samples(self):
        samples = [
            line for line in dataset.lines(_SMALL) if not line.startswith("#")
        ]

        # Two scopes, three series each, four samples an hour.
        self.assertEqual(2 * 3 * 24 * 4, len(samples))
        begin = int(_SMALL.begin.timestamp())
        times = {int(line.rsplit(" ", 1)[1]) for line in samples}
        self.assertEqual(begin + 60, min(times))
        self.assertTrue(all((at - begin) % 900 == 60 for at in times))

    def test_year_is_streamed(self):
        year = dataset.Shape(
            scopes=1, instances=150, volumes=50, days=365, step=3600
        )

        first = list(itertools.islice(dataset.lines(year), 3))

        self.assertEqual("# TYPE instance_up gauge\n", first[0])
        self.assertIn(f'project_id="{dataset.scope_id(0)}"', first[1])


class TestShape(unittest.TestCase):
    def test_counts(self):
        self.assertEqual(24, _SMALL.periods)
        self.assertEqual(3, _SMALL.points_per_period)
        self.assertEqual(2, len(set(_SMALL.scope_ids)))

    def test_key_tells_all_shapes_apart(self):
        others = (
            dataset.Shape(),
            dataset.Shape(step=3600),
            dataset.Shape(seed=1),
            dataset.Shape(begin=dataset.BEGIN.replace(year=2025)),
        )

        self.assertEqual(4, len({shape.key() for shape in others}))
