# SPDX-License-Identifier: Apache-2.0
"""The n-th statement fails, or the commit does: for each n, in each call.

A call that a repetition can complete ends like an undisturbed one. Any other
call changes no row.
"""

import difflib
import itertools
import os
import typing

from cloudkitty.db import facade
from cloudkitty.storage import loader as storage_loader
from cloudkitty.tasks import accept
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests.fakes import clock as fake_clock
from cloudkitty.tests.fakes import notifications as fake_notifications
from cloudkitty.tests.functional.db.faults import cases as fault_cases
from cloudkitty.tests.functional.db.faults import cohorts as fault_cohorts
from cloudkitty.tests.functional.db.faults import collectors
from cloudkitty.tests.functional.db.faults import governance as fault_limits
from cloudkitty.tests.functional.db.faults import imports as fault_imports
from cloudkitty.tests.functional.db.faults import inject as faults
from cloudkitty.tests.functional.db.faults import lists as fault_lists
from cloudkitty.tests.functional.db.faults import records as fault_records
from cloudkitty.tests.functional.db.faults import rules as fault_rules
from cloudkitty.tests.functional.db.faults import scripts as fault_scripts
from cloudkitty.tests.functional.db.faults import sets as fault_sets
from cloudkitty.tests.functional.db.faults import shards as fault_shards
from cloudkitty.tests.functional.db.faults import wholes as fault_wholes
from cloudkitty.tests.functional.db.schema import contents

#: Statements of a call are less than this.
MOST = 100
#: Whether every fault comes at every statement, or one after the other.
ALL = os.environ.get("CLOUDKITTY_TEST_FAULTS") == "all"
COVERED = (
    (fault_cases, fault_cases.CASES),
    (fault_cohorts, fault_cohorts.FUNCTIONS),
    (collectors, collectors.FUNCTIONS),
    (fault_limits, fault_limits.FUNCTIONS),
    (fault_imports, fault_imports.FUNCTIONS),
    (fault_lists, fault_lists.FUNCTIONS),
    (fault_records, fault_records.CASES),
    (fault_rules, fault_rules.FUNCTIONS),
    (fault_scripts, fault_scripts.FUNCTIONS),
    (fault_sets, fault_sets.FUNCTIONS),
    (fault_shards, fault_shards.FUNCTIONS),
)
FUNCTIONS = [case for _, cases in COVERED for case in cases]


@databases.on_each()
class _Faults:
    backend: str

    def setUp(self):
        super().setUp()
        self.conf = self.make_conf(collect={"period": fault_cases.PERIOD})
        self.database = databases.make_database(self, self.backend, self.conf)
        self.storage = storage_loader.load(self.conf, self.database)
        self.clock = fake_clock.FakeClock(fault_cases.NOW)
        self.rows = self.database.write(fault_cases.Prepared)
        self.database.write(
            lambda session: fault_records.prepare(session, self.rows)
        )
        self.database.write(fault_cohorts.prepare)
        self.database.write(collectors.prepare)
        self.database.write(fault_imports.prepare)
        self.database.write(fault_lists.prepare)
        self.database.write(fault_scripts.prepare)
        self.database.write(fault_shards.prepare)
        self.database.write(fault_limits.prepare)
        self.contents = contents.Contents(self.database.engine.url)
        self.prepared = self.now = self.contents.read()
        self.kinds = faults.FAULTS[self.backend]
        self.turn = itertools.cycle(self.kinds)
        self.injector = faults.Injector(self.database.engine)

    def run_case(self, case):
        """Run a call on the prepared rows; return (result or error, rows)."""
        if self.now != self.prepared:
            self.contents.write(self.prepared)
        result: typing.Any
        try:
            result = case.run(self)
        except Exception as error:
            result = error
        self.now = self.contents.read()
        return result, self.now

    def undisturbed(self, case):
        result, after = self.run_case(case)
        if isinstance(result, Exception):
            raise result
        return contents.plain(result), self.contents.comparable(after)

    def check_mended(self, case, expected, outcome, note):
        result, after = outcome
        if isinstance(result, Exception):
            self.check_only_read(result, after, note)
            return
        self.assertEqual(expected[0], contents.plain(result), note)
        self.check_rows(expected[1], after, note)

    def check_rows(self, expected, after, note):
        found = self.contents.comparable(after)
        if found != expected:
            # Thousands of equal lines would hide the other ones.
            difference = difflib.unified_diff(expected, found, n=0)
            self.fail("\n".join([note, *difference]))

    def check_only_read(self, error, after, note):
        """A reader is not repeated: it fails without any change."""
        if not self.injector.struck_reader:
            raise AssertionError(note) from error
        self.assertEqual(self.prepared, after, note)

    def check_untouched(self, outcome, note):
        result, after = outcome
        self.assertIsInstance(result, Exception, note)
        self.assertFalse(facade.retriable(result), note)
        self.assertEqual(self.prepared, after, note)

    def check(self, case, expected, fault, outcome, note):
        if fault.retriable:
            self.check_mended(case, expected, outcome, note)
        else:
            self.check_untouched(outcome, note)

    def each_statement(self, case):
        """Let each statement fail, until the call runs through."""
        expected = self.undisturbed(case)
        for number in range(1, MOST):
            for fault in self.kinds if ALL else (next(self.turn),):
                note = f"{case.covers}: {fault.name} at statement {number}"
                with self.injector.at_statement(number, fault):
                    outcome = self.run_case(case)
                if not self.injector.struck:
                    if self.backend == "sqlite" or (
                        case.covers not in fault_cases.SQLITE_ONLY
                    ):
                        self.assertGreater(number, 1, note)
                    return
                self.check(case, expected, fault, outcome, note)
        self.fail(f"{case.covers} has no end")

    def each_commit(self, case):
        """Let each commit fail, in all ways."""
        expected = self.undisturbed(case)
        for number, fault in itertools.product(range(1, MOST), self.kinds):
            note = f"{case.covers}: {fault.name} at commit {number}"
            with self.injector.at_commit(number, fault):
                outcome = self.run_case(case)
            if not self.injector.struck:
                return
            if fault.executed:
                self.check_again(case, expected, outcome, note)
            else:
                self.check(case, expected, fault, outcome, note)

    def check_again(self, case, expected, outcome, note):
        result, after = outcome
        same = self.contents.comparable(after) == expected[1]
        if case.again is fault_cases.TWICE:
            # A case must not keep a mark that is no longer needed.
            self.assertFalse(same, note)
            return
        self.check_rows(expected[1], after, note)
        if case.again is fault_cases.SAME:
            self.assertEqual(expected[0], contents.plain(result), note)
        else:
            self.assertNotEqual(expected[0], contents.plain(result), note)

    def test_each_statement_of_the_functions(self):
        for case in FUNCTIONS:
            self.each_statement(case)

    def test_each_commit_of_the_functions(self):
        for case in FUNCTIONS:
            self.each_commit(case)

    def test_each_statement_of_whole_transactions(self):
        for case in fault_wholes.CASES:
            self.each_statement(case)

    def test_each_commit_of_whole_transactions(self):
        for case in fault_wholes.CASES:
            self.assertIsNot(fault_cases.TWICE, case.again)
            self.each_commit(case)

    def test_accepted_tasks_stay_if_the_answer_fails(self):
        case = fault_cases.Case("accept.accept", self.accept_and_tell)
        self.undisturbed(case)
        told = self.told
        self.assertEqual(2, len(told))
        for fault in self.kinds:
            # The last statement reads the accepted tasks for the answer.
            with self.injector.at_statement(self.statements(case), fault):
                result, after = self.run_case(case)
            self.assertTrue(self.injector.struck_reader)
            self.assertIsInstance(result, accept.Accepted, fault.name)
            self.assertEqual([], self.told)

    def accept_and_tell(self, world):
        notifications = fake_notifications.FakeNotifications()
        self.told = notifications.sent
        return fault_wholes.accept_call(world, notifications=notifications)

    def statements(self, case):
        """Return how many statements an undisturbed call has."""
        with self.injector.at_statement(-1, None):
            self.run_case(case)
            return -1 - self.injector.left


class TestCoverage(base.TestCase):
    """No function is forgotten."""

    def test_functions_that_take_a_session(self):
        self.assertEqual(
            sorted(
                set(fault_cases.public_functions())
                - fault_cases.CALLED_BY_OTHERS
            ),
            sorted(
                {
                    name
                    for module, cases in COVERED
                    for name in fault_cases.covered(module, cases)
                }
            ),
        )

    def test_whole_transactions(self):
        self.assertEqual(
            set(),
            set(fault_wholes.public_functions())
            - {case.covers for case in fault_wholes.CASES}
            - fault_wholes.AFTERWARDS,
        )
