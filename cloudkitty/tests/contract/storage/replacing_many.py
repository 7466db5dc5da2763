# SPDX-License-Identifier: Apache-2.0
"""Replacing the points of many scopes with one call."""

import random

from cloudkitty.storage import base
from cloudkitty.tests import new_scopes
from cloudkitty.tests.contract.storage import case
from cloudkitty.tests.contract.storage import usage

METRICS = ("cpu", "ram", "disk")


def replacement(name, first, last, frames, metrics=None):
    """Return the replacement of the hours from ``first`` up to ``last``."""
    return base.Replacement(
        new_scopes.make(name), usage.hours(first, last), frames, metrics
    )


class ReplacingMany(case.StorageCase):
    """Tests of ``replace_many``: the same as a sequence of ``replace``."""

    def test_any_pieces_are_replaced_as_one_by_one(self):
        for seed in range(4):
            dice = random.Random(seed)
            names = [f"s{seed}-{number}" for number in range(6)]
            # The other half of the scopes has no points yet.
            for name in names[:3]:
                old = [self.frame(dice, hour, METRICS) for hour in range(6)]
                self.replace(name, usage.hours(0, 6), old)
            pieces = [
                piece
                for name in dice.sample(names, 5)
                for piece in self.pieces(dice, name)
            ]
            expected = {name: self.points(name) for name in names}
            for piece in pieces:
                self.expect(expected[piece.scope.identifier], piece)
            # Twice: it is idempotent.
            for attempt in range(2):
                self.storage.replace_many(pieces)
                with self.subTest(seed=seed, attempt=attempt):
                    found = {name: self.points(name) for name in names}
                    self.assertEqual(expected, found)

    def pieces(self, dice, name):
        """Yield replacements of a scope, with disjoint windows."""
        edges = sorted(dice.sample(range(7), dice.choice((2, 4))))
        for first, last in zip(edges[::2], edges[1::2], strict=True):
            metrics = dice.choice((None, METRICS, ("cpu",), ()))
            names = METRICS if metrics is None else metrics
            frames = [
                self.frame(dice, hour, names)
                for hour in range(first, last)
                if dice.random() < 0.8
            ]
            yield replacement(name, first, last, frames, metrics)

    def frame(self, dice, hour, metrics):
        """Return a frame with some points of some metrics."""
        return usage.frame(
            hour,
            **{
                metric: [
                    usage.point(
                        price=str(dice.randrange(100)),
                        groupby={"id": f"i-{number}"},
                    )
                    for number in range(dice.randrange(1, 3))
                ]
                for metric in metrics
                if dice.random() < 0.7
            },
        )

    def points(self, name):
        """Return the points of a scope by the period and the metric."""
        return {
            (frame.start, metric): list(points)
            for frame in self.retrieve(name).frames
            for metric, points in frame.itertypes()
        }

    def expect(self, points, piece):
        """Change the points of a scope as a piece must."""
        window = piece.window
        for start, metric in list(points):
            replaced = piece.metrics is None or metric in piece.metrics
            if window.begin <= start < window.end and replaced:
                del points[start, metric]
        for frame in self.kept(piece.frames):
            for metric, new in frame.itertypes():
                points[frame.start, metric] = list(new)

    def test_other_scopes_and_kept_metrics_stay(self):
        both = [usage.frame(0, cpu=[usage.point()], ram=[usage.point()])]
        for name in ("p1", "p2", "P1", "p1 "):
            self.replace(name, usage.hours(0, 1), both)
        new = [usage.frame(0, cpu=[usage.point(price="9")])]
        self.storage.replace_many(
            [
                replacement("p1", 0, 1, new),
                replacement("p2", 0, 1, new, ["cpu", "disk"]),
                replacement("p3", 0, 1, []),
            ]
        )
        self.assertEqual(
            {
                ("P1", "cpu"): 1,
                ("P1", "ram"): 1,
                ("p1", "cpu"): 9,
                ("p1 ", "cpu"): 1,
                ("p1 ", "ram"): 1,
                ("p2", "cpu"): 9,
                ("p2", "ram"): 1,
            },
            {g: rate for g, _, rate in self.sums(["project_id", "type"])},
        )

    def test_frames_of_pieces_may_be_generators(self):
        self.storage.replace_many(
            replacement(name, 0, 3, (f for f in usage.frames(0, 3)))
            for name in ("p1", "p2")
        )
        for name in ("p1", "p2"):
            self.assertEqual(
                self.kept(usage.frames(0, 3)),
                list(self.retrieve(name).frames),
            )

    def test_no_pieces_change_nothing(self):
        self.replace("p1", usage.hours(0, 1), usage.frames(0, 1))
        self.storage.replace_many([])
        self.assertEqual(2, self.retrieve().total)

    def test_the_scope_of_invalid_points_is_named(self):
        self.replace("p1", usage.hours(0, 1), usage.frames(0, 1))
        before = self.retrieve()
        wrong = [usage.frame(0, cpu=[usage.point(price="NaN")])]
        pieces = [
            replacement("bad", 0, 1, wrong),
            replacement("p1", 0, 1, usage.frames(0, 1, price="7")),
        ]
        error = self.assertRaises(
            base.Unstorable, self.storage.replace_many, pieces
        )
        self.assertEqual(new_scopes.make("bad"), error.scope)
        self.assertEqual(before, self.retrieve())

    def test_wrong_pieces_are_refused_before_any_is_written(self):
        valid = replacement("p1", 0, 2, usage.frames(0, 2))
        for refusal, wrong in (
            (ValueError, replacement("p2", 0, 2, usage.frames(1, 3))),
            (ValueError, replacement("p2", 0, 1, usage.frames(0, 1), [])),
            (ValueError, replacement("p1", 1, 3, [])),
            (TypeError, valid._replace(scope=None)),
        ):
            self.assertRaises(
                refusal, self.storage.replace_many, [valid, wrong]
            )
        self.assertEqual(0, self.retrieve().total)

    def test_each_scope_has_its_fence(self):
        asked = []

        def fence(scope):
            asked.append(scope.identifier)
            return lambda: None

        self.storage.replace_many(
            [
                replacement(name, 0, 1, usage.frames(0, 1))
                for name in ("p1", "p2")
            ],
            fence=None if self.storage.joins_database else fence,
        )
        self.assertEqual(4, self.retrieve().total)
        self.assertIn(asked, ([], ["p1", "p2"]))
