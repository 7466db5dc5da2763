# SPDX-License-Identifier: Apache-2.0
"""The state table says what DESIGN's picture says."""

from cloudkitty.tasks import errors
from cloudkitty.tasks import states
from cloudkitty.tests import base

State = states.State


class TestStates(base.TestCase):
    def test_the_table_has_every_state(self):
        self.assertEqual(set(State), set(states.TRANSITIONS))

    def test_a_state_is_unfinished_or_terminal(self):
        self.assertEqual(set(State), states.UNFINISHED | states.TERMINAL)
        self.assertFalse(states.UNFINISHED & states.TERMINAL)
        self.assertEqual(
            {State.SCHEDULED, State.RUNNING, State.PAUSED},
            states.UNFINISHED,
        )

    def test_every_unfinished_task_can_come_to_each_end(self):
        for start in states.UNFINISHED:
            seen, todo = set(), [start]
            while todo:
                state = todo.pop()
                seen.add(state)
                todo.extend(states.TRANSITIONS[state] - seen)
            self.assertLessEqual(states.TERMINAL, seen, start)

    def test_what_succeeded_or_was_cancelled_stays_so(self):
        for ended in (State.SUCCEEDED, State.CANCELLED):
            for target in State:
                self.assertRaises(
                    errors.IllegalTransition, states.check, ended, target
                )

    def test_a_failed_task_can_only_be_tried_again(self):
        self.assertEqual({State.SCHEDULED}, states.TRANSITIONS[State.FAILED])

    def test_only_running_work_ends_by_itself(self):
        for state in State:
            ways = states.TRANSITIONS[state]
            if state is not State.RUNNING:
                self.assertNotIn(State.SUCCEEDED, ways, state)
                self.assertNotIn(State.FAILED, ways, state)

    def test_legal_ways_pass(self):
        for state, targets in states.TRANSITIONS.items():
            for target in targets:
                states.check(state, target)

    def test_the_error_names_the_ways_there_are(self):
        error = self.assertRaises(
            errors.IllegalTransition,
            states.check,
            State.PAUSED,
            State.RUNNING,
        )
        self.assertEqual(
            "a task that is paused cannot become running; it can become: "
            "cancelled, scheduled",
            str(error),
        )
