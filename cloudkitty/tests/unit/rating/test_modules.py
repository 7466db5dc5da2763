# SPDX-License-Identifier: Apache-2.0
from oslo_db import exception as db_exception

from cloudkitty.db.rules import module_states
from cloudkitty.rating import modules
from cloudkitty.rating import noop
from cloudkitty.rating.hashmap import module as hashmap
from cloudkitty.tests import base
from cloudkitty.tests import databases

FOUND = {"noop": noop.Noop, "hashmap": hashmap.HashMap}


class TestModules(base.TestCase):
    def setUp(self):
        super().setUp()
        self.database = databases.make_database(self)

    def change(self, name, **changes):
        return modules.change(self.database, FOUND, name, **changes)

    def states(self):
        with self.database.reader() as session:
            return module_states.get_all(session)

    def test_all_of_them_by_name(self):
        with self.database.reader() as session:
            found = modules.list_all(session, FOUND)
        self.assertEqual(
            [
                modules.ModuleInfo(
                    module_id="hashmap",
                    description=hashmap.HashMap.description,
                    enabled=False,
                    hot_config=True,
                    priority=1,
                ),
                modules.ModuleInfo(
                    module_id="noop",
                    description=noop.Noop.description,
                    enabled=True,
                    hot_config=False,
                    priority=1,
                ),
            ],
            found,
        )

    def test_a_change_returns_the_states_before_and_after(self):
        before, after = self.change("hashmap", enabled=True, priority=-5)
        self.assertEqual((False, 1), (before.enabled, before.priority))
        self.assertEqual((True, -5), (after.enabled, after.priority))
        before, after = self.change("hashmap", enabled=False)
        self.assertEqual((False, -5), (after.enabled, after.priority))

    def test_one_that_is_not_installed_can_be_disabled(self):
        self.database.write(
            lambda session: module_states.set_enabled(session, "gone", True)
        )
        self.assertRaises(
            modules.UnknownModule, self.change, "other", enabled=False
        )
        with self.database.reader() as session:
            found = modules.find(session, FOUND, "gone")
        self.assertTrue(found.enabled)
        self.change("gone", enabled=True)
        before, after = self.change("gone", enabled=False)
        self.assertEqual((True, False), (before.enabled, after.enabled))
        self.assertRaises(
            modules.UnknownModule, self.change, "gone", enabled=True
        )

    def test_an_unchanged_state_is_not_written(self):
        for changes in ({}, {"enabled": False}, {"priority": 1}):
            before, after = self.change("hashmap", **changes)
            self.assertEqual(before, after)
        self.change("noop", enabled=True, priority=1)
        self.assertEqual({}, self.states())

    def test_none_of_the_name(self):
        for name in ("", "HashMap", "x" * 5000, "collector_a"):
            self.assertRaises(
                modules.UnknownModule, self.change, name, enabled=True
            )

    def test_one_that_is_always_in_force(self):
        for changes in ({"enabled": False}, {"priority": 2}):
            self.assertRaises(modules.AlwaysOn, self.change, "noop", **changes)
        self.assertEqual({}, self.states())

    def test_a_priority_that_is_read_as_another(self):
        self.assertRaises(ValueError, self.change, "hashmap", priority=0)

    def test_two_at_once_make_one_row(self):
        class Racing:
            """Another process inserts the row first, once."""

            def write(inner, work):
                inner.write = self.database.write
                self.database.write(
                    lambda session: module_states.set_priority(
                        session, "hashmap", 7
                    )
                )
                raise db_exception.DBDuplicateEntry

        _, after = modules.change(Racing(), FOUND, "hashmap", enabled=True)
        self.assertEqual((True, 7), (after.enabled, after.priority))
