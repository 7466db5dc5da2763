# SPDX-License-Identifier: Apache-2.0
"""Planted faults of cohorts are found by the simulation."""

import contextlib

from cloudkitty.db.scopes import updates as scope_updates
from cloudkitty.orchestrator import resources
from cloudkitty.orchestrator.engine import set_cursors
from cloudkitty.orchestrator.engine import writer as ck_writer
from cloudkitty.tests.simulation import stores
from cloudkitty.tests.unit.simulation import seeds_case

#: Most planted faults concern each cohort.
FEW = range(1, 12)
#: Some need a second processor or an operator at the right moment.
MANY = range(1, 60)


class TestCohortFaults(seeds_case.SeedsCase):
    def test_frames_under_another_scope_are_found(self):
        make = ck_writer._replacements

        def exchanged(chunk, scope_ids):
            found = make(chunk, scope_ids)
            frames = [one.frames for one in found]
            return [
                one._replace(frames=other)
                for one, other in zip(
                    found, frames[1:] + frames[:1], strict=True
                )
                if all(
                    one.window.begin <= frame.start < one.window.end
                    for frame in other
                )
            ]

        self.patch(ck_writer, "_replacements", exchanged)
        self.check_found("holds", FEW)

    def test_a_write_without_one_of_the_locks_is_found(self):
        try_hold = stores.Locks.try_hold_many

        @contextlib.contextmanager
        def hold_any(locks, names):
            wanted = list(names)
            with try_hold(locks, wanted) as held:
                yield frozenset(wanted) if len(wanted) > 1 else held

        self.patch(stores.Locks, "try_hold_many", hold_any)
        self.check_found("without the scope's lock", MANY)

    def test_scopes_that_changed_meanwhile_are_found(self):
        self.patch(
            scope_updates,
            "lock_unchanged",
            lambda session, states: frozenset(one.id for one in states),
        )
        self.check_found("was switched off", MANY)

    def test_cursors_of_scopes_that_are_not_stored_are_found(self):
        move = set_cursors.StateCursors.move

        def move_all(cursor, session, among=None):
            return frozenset(sorted(move(cursor, session, among))[1:])

        self.patch(set_cursors.StateCursors, "move", move_all)
        self.check_found("holds", FEW)

    def test_rules_of_an_older_tick_are_found(self):
        load = resources.Resources._load_chains
        kept = {}

        def load_once(parts, members):
            if members.alone:
                return load(parts, members)
            if id(parts) not in kept:
                # With its resources: another must not get the same id.
                kept[id(parts)] = parts, load(parts, members)
            return kept[id(parts)][1]

        self.patch(resources.Resources, "_load_chains", load_once)
        self.check_found("the rules of", FEW)

    def test_rules_of_another_scope_are_found(self):
        self.patch(
            resources.Resources,
            "_load_chains",
            lambda parts, members: resources._OneChain(
                parts.load_chains().of(members.ids[0])
            ),
        )
        self.check_found("never asked for", FEW)
