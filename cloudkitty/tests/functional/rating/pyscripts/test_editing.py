# SPDX-License-Identifier: Apache-2.0
"""Scripts that are edited at the same instant, on each database."""

import collections
import concurrent.futures
import datetime
import threading

from cloudkitty.db.rules import scripts as script_rows
from cloudkitty.rating.editing import errors as edit_errors
from cloudkitty.rating.pyscripts import editing
from cloudkitty.rating.pyscripts import errors
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests.fakes import clock as fake_clock

NOW = base.utc("2026-11-22T12:30")
DAY = datetime.timedelta(days=1)
WRITERS = 4
#: As an id of a user that Keystone has from LDAP.
USER = "0123456789abcdef" * 4


@databases.on_each()
class Editing:
    backend: str

    def setUp(self):
        super().setUp()
        self.database = databases.make_database(self, self.backend)
        self.clock = fake_clock.FakeClock(
            NOW + datetime.timedelta(microseconds=999999)
        )

    def create(self, name, data="a = 1", **given):
        return editing.create(
            self.database,
            self.clock,
            editing.NewScript(name=name, data=data, **given),
            user_id=USER,
        )

    def update(self, script, **given):
        return editing.update(
            self.database,
            self.clock,
            script.script_id,
            {"name": script.name, **given},
            user_id=USER,
        )

    def at_once(self, *calls):
        """Call all at one instant; return "done" or the error's type."""
        barrier = threading.Barrier(len(calls))

        def run(call):
            barrier.wait()
            try:
                call()
            except Exception as error:
                return type(error)
            return "done"

        with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
            return collections.Counter(pool.map(run, calls))

    def test_one_name(self):
        found = self.at_once(*[lambda: self.create("one")] * WRITERS)
        self.assertEqual(
            {"done": 1, errors.NameTaken: WRITERS - 1}, dict(found)
        )

    def test_one_end(self):
        script = self.create("one")
        found = self.at_once(
            *[
                lambda day=day: self.update(script, end=NOW + day * DAY)
                for day in range(1, WRITERS + 1)
            ]
        )
        self.assertEqual(
            {"done": 1, edit_errors.EndFixed: WRITERS - 1}, dict(found)
        )

    def test_names_are_compared_to_the_letter(self):
        for name in ("a", "A", "\u00e4", "a ", "\U0001d11e"):
            self.create(name)
        found = editing.find(self.database, script_rows.Filters(name="a"))
        self.assertEqual(["a"], [script.name for script in found])

    def test_scripts_are_read_as_written(self):
        made = self.create(
            "m", "x = '\u2603\U0001d11e'", end=NOW + DAY, description="\u2603"
        )
        self.assertEqual(NOW, made.start)
        self.assertEqual(NOW, made.created_at)
        self.assertEqual("x = '\u2603\U0001d11e'", made.data)
        self.assertEqual(USER, made.created_by)
        self.assertEqual(made, editing.get(self.database, made.script_id))

    def test_a_deleted_one(self):
        made = self.create("m")
        editing.delete(self.database, self.clock, made.script_id, user_id=USER)
        for call in (
            lambda: editing.get(self.database, made.script_id),
            lambda: self.update(made),
            lambda: editing.delete(
                self.database, self.clock, made.script_id, user_id=USER
            ),
        ):
            self.assertRaises(edit_errors.NotFound, call)
        self.create("m")
        [first, _] = editing.find(
            self.database, script_rows.Filters(deleted=True)
        )
        self.assertEqual((NOW, USER), (first.deleted, first.deleted_by))
        # To no period, also not to one for which it was in force.
        with self.database.reader() as session:
            self.assertEqual(1, len(script_rows.load(session)))
