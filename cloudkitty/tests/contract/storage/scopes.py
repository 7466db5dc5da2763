# SPDX-License-Identifier: Apache-2.0
"""Separation of scopes, and their identifiers."""

from cloudkitty.storage import base
from cloudkitty.tests import new_scopes
from cloudkitty.tests.contract.storage import case
from cloudkitty.tests.contract.storage import usage


class Scopes(case.StorageCase):
    """Writing to one scope leaves the others unchanged."""

    def test_scopes_with_points(self):
        storage = self.storage
        self.assertEqual([], storage.scope_ids())
        names = self.scope_ids()
        for identifier in names:
            storage.replace(
                new_scopes.make(identifier),
                usage.hours(0, 2),
                usage.frames(0, 2),
            )
        if self.keeps_scope_key:
            storage.replace(
                new_scopes.make("other key", scope_key="x"),
                usage.hours(0, 1),
                usage.frames(0, 1),
            )
        storage.replace(new_scopes.make("empty"), usage.hours(0, 1), [])
        self.assertEqual(sorted(names), storage.scope_ids())
        for identifier in names[1:]:
            storage.delete(new_scopes.make(identifier), usage.hours(0, 1))
        self.assertEqual(sorted(names), storage.scope_ids())
        for identifier in names[1:]:
            storage.delete(new_scopes.make(identifier), usage.hours(1, 2))
        self.assertEqual(names[:1], storage.scope_ids())

    def test_two_scopes(self):
        self.replace("p1", usage.hours(0, 3), usage.frames(0, 3))
        self.replace("p2", usage.hours(0, 3), usage.frames(0, 3, price="5"))
        before = repr(self.retrieve("p2"))
        self.replace("p1", usage.hours(0, 2), usage.frames(0, 1, price="3"))
        self.assertEqual(before, repr(self.retrieve("p2")))
        self.assertEqual(usage.D(8), self.rate("p1"))
        self.storage.delete(new_scopes.make("p1"), usage.hours(0, 3))
        self.assertEqual(before, repr(self.retrieve("p2")))
        self.assertEqual(before, repr(self.retrieve()))

    def test_one_identifier_under_two_keys(self):
        if not self.keeps_scope_key:
            self._check_other_keys_are_refused()
            return
        for key in ("project_id", "PROJECT_ID", "domain_id"):
            self.storage.replace(
                new_scopes.make("p1", scope_key=key),
                usage.hours(0, 1),
                usage.frames(0, 1, price=len(key)),
            )
        self.assertEqual(usage.D(20), self.rate("p1"))
        self.assertEqual(usage.D(58), self.rate())
        self.storage.delete(
            new_scopes.make("p1", scope_key="PROJECT_ID"), usage.hours(0, 1)
        )
        self.assertEqual(usage.D(38), self.rate())
        self.storage.delete(
            new_scopes.make("p1", scope_key="domain_id"), usage.hours(0, 1)
        )
        self.assertEqual(usage.D(20), self.rate())

    def _check_other_keys_are_refused(self):
        """Points of another scope are neither written nor deleted."""
        self.replace("p1", usage.hours(0, 1), usage.frames(0, 1))
        other = new_scopes.make("p1", scope_key="domain_id")
        for call in (
            lambda: self.storage.replace(other, usage.hours(0, 1), []),
            lambda: self.storage.add({other: usage.frames(0, 1)}),
            lambda: self.storage.delete(other, usage.hours(0, 1)),
        ):
            self.assertRaises(base.Unstorable, call)
        self.assertEqual(2, self.retrieve().total)

    def test_hostile_scope_names(self):
        names = self.scope_ids()
        for number, name in enumerate(names):
            self.replace(
                name, usage.hours(0, 1), usage.frames(0, 1, price=number)
            )
        self._check_hostile_scopes(names)
        for number, name in reversed(list(enumerate(names))):
            self.replace(
                name, usage.hours(0, 1), usage.frames(0, 1, price=number)
            )
        self._check_hostile_scopes(names)
        for name in names[1::2]:
            self.storage.delete(new_scopes.make(name), usage.hours(0, 1))
        self._check_hostile_scopes(names[::2])

    def _check_hostile_scopes(self, there):
        names = self.scope_ids()
        for number, name in enumerate(names):
            self.assertEqual(
                usage.D(2 * number) if name in there else None,
                self.rate(name),
                name,
            )
        self.assertEqual(
            [
                ((name,), usage.D(2), usage.D(2 * names.index(name)))
                for name in sorted(there)
            ],
            self.sums(["project_id"]),
        )

    def test_identifiers_that_databases_reject(self):
        for name in ("x" * (self.scope_id_length + 1), "a\0", "\ud800"):
            self.assertRaises(
                base.Unstorable,
                self.replace,
                name,
                usage.hours(0, 1),
                usage.frames(0, 1),
            )
            self.assertRaises(
                base.Unstorable,
                self.storage.delete,
                new_scopes.make(name),
                usage.hours(0, 1),
            )
            self.assertIsNone(self.rate(name))
            self.assertRaises(
                base.Unstorable,
                self.replace,
                "p1",
                usage.hours(0, 1),
                usage.frames(0, 1, metric=name.replace("x", "x" * 9)),
            )
            self.assertEqual([], self.sums(metrics=[name]))
            self.replace("p1", usage.hours(0, 1), [], metrics=[name])
