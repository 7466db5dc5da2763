# SPDX-License-Identifier: Apache-2.0
from cloudkitty.db.tasks import states
from cloudkitty.tasks import errors
from cloudkitty.tasks import transitions
from cloudkitty.tests import base

State = states.State


class TestTransitions(base.TestCase):
    def test_all_other_transitions_are_refused(self):
        for current in State:
            for target in State:
                if target in states.TRANSITIONS[current]:
                    transitions.check(current, target)
                else:
                    self.assertRaises(
                        errors.IllegalTransition,
                        transitions.check,
                        current,
                        target,
                    )

    def test_the_error_names_the_states_that_may_follow(self):
        error = self.assertRaises(
            errors.IllegalTransition,
            transitions.check,
            State.PAUSED,
            State.RUNNING,
        )
        self.assertEqual(
            "a task that is paused cannot become running; it can become: "
            "cancelled, scheduled",
            str(error),
        )

    def test_the_error_of_an_action_names_the_actions(self):
        error = self.assertRaises(
            errors.IllegalTransition,
            transitions.check_action,
            State.RUNNING,
            State.SCHEDULED,
        )
        self.assertEqual(
            "a task that is running cannot become scheduled; it can become: "
            "cancelled, paused",
            str(error),
        )
