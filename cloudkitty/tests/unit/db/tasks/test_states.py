# SPDX-License-Identifier: Apache-2.0
"""The table of states has the contents that the design describes."""

import ast
import pathlib

import cloudkitty
from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import states
from cloudkitty.tests import base

State = states.State
PACKAGE = pathlib.Path(cloudkitty.__file__).parent
HOME = PACKAGE / "db" / "tasks" / "states.py"
#: A migration keeps the states of its own time.
MIGRATIONS = PACKAGE / "db" / "alembic" / "versions"
#: It knows the states of the API only, and imports nothing of the service.
CLIENT = PACKAGE / "client"
TESTS = PACKAGE / "tests"
#: Words with another meaning that are spelled like a state.
NO_STATES = {
    # Kind of a note.
    ("db/tasks/notes.py", "failed"),
    # Number of scopes in a log line.
    ("common/log_fields.py", "failed"),
    # Message of a sandbox that could not start.
    ("rating/pyscripts/inside/host.py", "failed"),
    ("rating/pyscripts/process.py", "failed"),
    # Number of shards in an answer of OpenSearch.
    ("storage/v2/opensearch/search.py", "failed"),
}


class TestStates(base.TestCase):
    def test_each_state_has_a_rule(self):
        self.assertEqual(list(State), list(states.RULES))

    def test_each_state_fits_its_columns(self):
        for column in (
            task_models.Reprocess.state,
            task_models.TaskEvent.from_state,
            task_models.TaskEvent.to_state,
        ):
            for state in State:
                self.assertLessEqual(len(state), column.type.length, state)

    def test_a_state_is_unfinished_or_terminal(self):
        self.assertEqual(
            {
                State.SCHEDULED,
                State.RUNNING,
                State.PAUSED,
                State.AWAITING_APPROVAL,
            },
            states.UNFINISHED,
        )
        self.assertEqual(set(State) - states.UNFINISHED, states.TERMINAL)

    def test_upstream_must_not_see_what_is_paused_failed_or_cancelled(self):
        self.assertEqual(
            {
                State.PAUSED,
                State.FAILED,
                State.CANCELLED,
                State.AWAITING_APPROVAL,
            },
            states.HIDDEN,
        )
        self.assertEqual({State.SCHEDULED, State.RUNNING}, states.OPEN)

    def test_a_processor_claims_what_is_scheduled(self):
        self.assertEqual({State.SCHEDULED}, states.WAITING)
        self.assertIn(states.ACCEPTED, states.WAITING)

    def test_an_operator_pauses_resumes_retries_and_cancels(self):
        self.assertEqual(
            {
                State.PAUSED: {State.SCHEDULED, State.RUNNING},
                State.SCHEDULED: {State.PAUSED, State.FAILED},
                State.CANCELLED: states.UNFINISHED,
            },
            states.ACTIONS,
        )
        self.assertEqual({State.SCHEDULED}, states.REOPENED)

    def test_only_an_approval_schedules_what_awaits_it(self):
        rule = states.RULES[states.UNAPPROVED]
        self.assertEqual({State.SCHEDULED}, rule.by_approver)
        self.assertEqual({State.CANCELLED}, rule.by_operator)
        self.assertEqual(set(), rule.by_processor)
        for state, other in states.RULES.items():
            self.assertEqual(state is states.UNAPPROVED, other.by_option)
            if state is not states.UNAPPROVED:
                self.assertEqual(set(), other.by_approver)

    def test_each_end_can_be_reached_from_each_unfinished_state(self):
        for start in states.UNFINISHED:
            seen, todo = set(), [start]
            while todo:
                state = todo.pop()
                seen.add(state)
                todo.extend(states.TRANSITIONS[state] - seen)
            self.assertLessEqual(states.TERMINAL, seen, start)

    def test_a_task_that_succeeded_or_was_cancelled_stays_so(self):
        for ended in (State.SUCCEEDED, State.CANCELLED):
            self.assertEqual(set(), states.TRANSITIONS[ended])

    def test_a_failed_task_can_only_be_retried(self):
        self.assertEqual({State.SCHEDULED}, states.TRANSITIONS[State.FAILED])

    def test_only_a_running_task_succeeds_or_fails(self):
        for state in set(State) - {State.RUNNING}:
            self.assertNotIn(State.SUCCEEDED, states.TRANSITIONS[state])
            self.assertNotIn(State.FAILED, states.TRANSITIONS[state])


class TestLiterals(base.TestCase):
    def test_no_other_module_has_the_literal_of_a_state(self):
        found, modules = set(), 0
        for path in sorted(PACKAGE.rglob("*.py")):
            if path == HOME or {CLIENT, MIGRATIONS, TESTS} & set(path.parents):
                continue
            modules += 1
            found |= {
                (path.relative_to(PACKAGE).as_posix(), literal)
                for literal in literals(path.read_text(encoding="utf-8"))
            }
        self.assertGreater(modules, 200)
        # Equal: an exception without a literal must leave the list.
        self.assertEqual(NO_STATES, found)

    def test_literals_are_found_wherever_they_stand(self):
        for code in (
            "x = 'running'",
            "f(state='running')",
            "x = {'running': 1}",
            "match x:\n    case 'running':\n        pass",
            "x = f'{y} running'",
            "sa.text(\"UPDATE t SET state = 'running'\")",
            "x = b'running'",
        ):
            self.assertEqual({"running"}, literals(code), code)
        for code in (
            "'''It is 'running' while claimed.'''",
            "x = running",
            "x = 'running late'",
            "def f():\n    '''running'''",
        ):
            self.assertEqual(set(), literals(code), code)


def literals(source: str) -> set[str]:
    """Return the states that string literals of Python code are or quote.

    Docstrings are prose, and so is a longer text, unless it quotes a state
    as SQL does.
    """
    tree = ast.parse(source)
    prose = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    found = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or node in prose:
            continue
        text = node.value
        if isinstance(text, bytes):
            text = text.decode("ascii", "replace")
        if isinstance(text, str):
            found |= {state.value for state in State if _names(text, state)}
    return found


def _names(text: str, state: str) -> bool:
    return text.strip() == state or ("state" in text and f"'{state}'" in text)


class TestMovedByProcessor(base.TestCase):
    def test_no_transition_is_made_by_both(self):
        for rule in states.RULES.values():
            others = rule.by_operator | rule.by_approver
            self.assertEqual(set(), set(rule.by_processor & others))

    def test_transitions(self):
        for moved, before, after in (
            (False, None, "scheduled"),
            (True, "scheduled", "running"),
            (True, "running", "running"),
            (True, "running", "scheduled"),
            (True, "running", "failed"),
            (False, "running", "paused"),
            (False, "failed", "scheduled"),
            (False, "awaiting_approval", "scheduled"),
        ):
            self.assertEqual(moved, states.moved_by_processor(before, after))
