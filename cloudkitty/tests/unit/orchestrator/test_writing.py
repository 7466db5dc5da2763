# SPDX-License-Identifier: Apache-2.0
"""Which periods are replaced, and in which order things are written."""

import contextlib

from cloudkitty import dataframe
from cloudkitty.orchestrator import engine
from cloudkitty.orchestrator import writing
from cloudkitty.storage import base as storage_base
from cloudkitty.tasks import claims
from cloudkitty.tests import base
from cloudkitty.tests.unit.orchestrator import world


def rated(*collected):
    """Return consecutive hours with so many points each."""
    return [
        engine.RatedPeriod(
            dataframe.DataFrame(window.begin, window.end), count
        )
        for window, count in zip(
            world.hours("2026-11-01T00:00", len(collected)).periods(3600),
            collected,
            strict=True,
        )
    ]


class TestPieces(base.TestCase):
    def windows(self, *collected, write_empty=False):
        return [
            (
                piece.window.begin.hour,
                piece.window.period_count(3600),
                len(piece.frames),
            )
            for piece in writing.pieces(
                rated(*collected), write_empty=write_empty
            )
        ]

    def test_periods_without_data_are_left_out(self):
        self.assertEqual(
            [(1, 2, 2), (4, 1, 1)], self.windows(0, 1, 2, 0, 5, 0)
        )

    def test_nothing_collected_writes_nothing(self):
        self.assertEqual([], self.windows(0, 0))

    def test_empty_ones_are_written_if_wanted(self):
        self.assertEqual(
            [(0, 4, 4)], self.windows(0, 1, 0, 2, write_empty=True)
        )


class Recorder:
    """Database, storage and cursor that write down what is called."""

    def __init__(self, joins, refuse=None):
        self.joins_database = joins
        self.refuse = refuse
        self.calls = []
        self.session = object()

    def note(self, name):
        self.calls.append(name)
        if self.refuse == name:
            raise claims.LostClaim

    def write(self, work):
        with contextlib.ExitStack() as stack:
            stack.callback(self.calls.append, "end")
            return work(self.session)

    def check(self, session):
        self.note("check")

    def move(self, session):
        self.note("move")

    def conclude(self, session):
        self.note("conclude")

    def replace(self, scope, window, frames, *, metrics, transaction):
        joined = "joined" if transaction is self.session else "alone"
        if self.refuse == "replace":
            raise storage_base.StorageError
        self.calls.append(f"replace {joined}")


class TestWriter(base.TestCase):
    def store(self, recorder):
        writer = writing.Writer(recorder, recorder)
        chunk = writing.pieces(rated(1, 0, 1), write_empty=False)
        writer.store("scope", chunk, recorder)

    def test_one_transaction_if_the_storage_joins(self):
        recorder = Recorder(joins=True)
        self.store(recorder)
        self.assertEqual(
            ["move", "replace joined", "replace joined", "conclude", "end"],
            recorder.calls,
        )

    def test_data_before_cursor_if_it_does_not(self):
        recorder = Recorder(joins=False)
        self.store(recorder)
        self.assertEqual(
            [
                *("check", "end"),
                *("replace alone", "replace alone"),
                *("move", "conclude", "end"),
            ],
            recorder.calls,
        )

    def test_lost_claim_replaces_nothing(self):
        for joins, refuse in ((True, "move"), (False, "check")):
            recorder = Recorder(joins, refuse)
            self.assertRaises(claims.LostClaim, self.store, recorder)
            self.assertEqual([refuse, "end"], recorder.calls)

    def test_failed_storage_leaves_the_cursor(self):
        recorder = Recorder(False, "replace")
        self.assertRaises(storage_base.StorageError, self.store, recorder)
        self.assertNotIn("move", recorder.calls)
