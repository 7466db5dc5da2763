# SPDX-License-Identifier: Apache-2.0
"""Which periods are replaced, and in which order things are written."""

import contextlib
import logging

import fixtures

from cloudkitty import dataframe
from cloudkitty.orchestrator.engine import rated_periods
from cloudkitty.orchestrator.engine import replace_or_keep
from cloudkitty.orchestrator.engine import writer as ck_writer
from cloudkitty.storage import base as storage_base
from cloudkitty.tasks import errors as task_errors
from cloudkitty.tests import base
from cloudkitty.tests import new_scopes
from cloudkitty.tests.unit.orchestrator import world


def decided(*pairs):
    """Return consecutive hours: (metrics replaced, metrics stored) each."""
    return [
        replace_or_keep.Decided(
            rated_periods.RatedPeriod(
                dataframe.DataFrame(window.begin, window.end), len(replaced)
            ),
            frozenset(replaced),
            dict.fromkeys(stored, 1),
        )
        for window, (replaced, stored) in zip(
            world.hours("2026-11-01T00:00", len(pairs)).periods(3600),
            pairs,
            strict=True,
        )
    ]


class TestPieces(base.TestCase):
    def pieces(self, *pairs):
        return [
            (
                piece.window.begin.hour,
                piece.window.period_count(3600),
                "".join(sorted(piece.metrics)),
            )
            for piece in ck_writer.pieces(decided(*pairs))
            if len(piece.frames) == piece.window.period_count(3600)
        ]

    def test_all_at_once_where_nothing_is_kept(self):
        self.assertEqual(
            [(0, 3, "ab")], self.pieces(("ab", "ab"), ("a", ""), ("b", "b"))
        )

    def test_periods_without_data_are_left_out(self):
        self.assertEqual(
            [(1, 1, "a"), (3, 1, "a")],
            self.pieces(("", "a"), ("a", "a"), ("", ""), ("a", "")),
        )
        self.assertEqual([], self.pieces(("", "a"), ("", "")))

    def test_kept_metrics_are_not_replaced(self):
        # x is kept in all of them, b in the second only.
        self.assertEqual(
            [(0, 1, "ab"), (1, 2, "a")],
            self.pieces(("ab", "abx"), ("a", "bx"), ("a", "abx")),
        )

    def test_metric_kept_in_another_period_is_a_separate_piece(self):
        self.assertEqual(
            [(0, 1, "a"), (1, 1, "ab")],
            self.pieces(("a", "b"), ("ab", "ab")),
        )


class Recorder:
    """Database, storage and cursor that record their calls."""

    def __init__(self, joins, refuse=None, after=0):
        self.joins_database = joins
        self.refuse = refuse
        self.after = after
        self.calls = []
        self.session = object()

    def note(self, name):
        self.calls.append(name)
        if self.refuse == name and self.calls.count(name) > self.after:
            raise task_errors.LostClaim

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

    def replace(self, scope, window, frames, *, metrics, transaction, fence):
        if fence is not None:
            fence()
        joined = "joined" if transaction is self.session else "alone"
        if self.refuse == "replace":
            raise storage_base.StorageError
        self.calls.append(f"replace {joined}")


class TestWriter(base.TestCase):
    def store(self, recorder):
        writer = ck_writer.Writer(recorder, recorder)
        chunk = ck_writer.pieces(decided("aa", ("", ""), "aa"))
        writer.store(new_scopes.make("scope"), chunk, recorder)

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
                *("check", "end", "replace alone") * 2,
                *("move", "conclude", "end"),
            ],
            recorder.calls,
        )

    def test_lost_claim_replaces_nothing(self):
        for joins, refuse in ((True, "move"), (False, "check")):
            recorder = Recorder(joins, refuse)
            self.assertRaises(task_errors.LostClaim, self.store, recorder)
            self.assertEqual([refuse, "end"], recorder.calls)

    def test_claims_lost_in_the_middle_are_logged(self):
        log = self.useFixture(fixtures.FakeLogger(level=logging.WARNING))
        for refuse, after, written in (
            ("check", 1, 0),
            ("check", 2, 1),
            ("move", 0, 2),
        ):
            recorder = Recorder(False, refuse, after)
            self.assertRaises(task_errors.LostClaim, self.store, recorder)
            self.assertEqual(written, recorder.calls.count("replace alone"))
            self.assertNotIn("conclude", recorder.calls)
        self.assertEqual(
            3, log.output.count("scope_id=scope begin=2026-11-01T00:00")
        )

    def test_failed_storage_leaves_the_cursor(self):
        recorder = Recorder(False, "replace")
        self.assertRaises(storage_base.StorageError, self.store, recorder)
        self.assertNotIn("move", recorder.calls)


class SetRecorder(Recorder):
    """A cursor of the scopes ``a`` and ``b``.

    :param held: those whose right is not lost at the check.
    """

    def __init__(self, joins, held):
        super().__init__(joins)
        self.held = frozenset(held)
        self.replaced = []

    def check(self, session):
        return self.held

    def move(self, session, among=None):
        return frozenset("ab") & (frozenset("ab") if among is None else among)

    def conclude(self, session, scope_ids):
        self.concluded = scope_ids

    def replace_many(self, pieces, *, transaction=None, fence=None):
        self.replaced += [piece.scope.identifier for piece in pieces]


class TestManyScopes(base.TestCase):
    def store(self, recorder):
        pieces = ck_writer.pieces(decided("aa"))
        chunk = {new_scopes.make(scope_id): pieces for scope_id in "ab"}
        return ck_writer.Writer(recorder, recorder).store_many(chunk, recorder)

    def test_cursors_move_only_with_their_points(self):
        for joins, held, stored in (
            (True, "", "ab"),
            (False, "ab", "ab"),
            (False, "a", "a"),
            (False, "", ""),
        ):
            recorder = SetRecorder(joins, held)
            self.assertEqual(frozenset(stored), self.store(recorder))
            self.assertEqual(list(stored), sorted(recorder.replaced))
            self.assertEqual(frozenset(stored), recorder.concluded)
