# SPDX-License-Identifier: Apache-2.0
"""Totals: right after an insertion, and a second after a deletion."""

import datetime

import sqlalchemy as sa

from cloudkitty.common import scopes
from cloudkitty.db import list_totals
from cloudkitty.db.scopes import models as scope_models
from cloudkitty.db.scopes import updates as scope_updates
from cloudkitty.tests import base
from cloudkitty.tests import databases

AT = datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)


class TestRowCounts(base.TestCase):
    def setUp(self):
        super().setUp()
        self.database = databases.make_database(self)
        self.counts = list_totals.RowCounts()

    def add(self, name):
        scope = scopes.Scope(
            identifier=name, scope_key="k", fetcher="f", collector="c"
        )
        self.database.write(lambda s: scope_updates.create(s, scope, AT))

    def count(self, now, **which):
        with self.database.reader() as session:
            return self.counts.scopes(session, now, **which)

    def test_what_is_added_counts_at_once(self):
        self.assertEqual(0, self.count(0))
        for number in range(1, 4):
            self.add(f"scope-{number}")
            self.assertEqual(number, self.count(0))

    def test_what_is_deleted_counts_for_a_second(self):
        for name in ("a", "b"):
            self.add(name)
        self.assertEqual(2, self.count(0))
        self.database.write(
            lambda session: session.execute(
                sa.delete(scope_models.ScopeState).where(
                    scope_models.ScopeState.identifier == "a"
                )
            )
        )
        self.assertEqual(2, self.count(list_totals.KEPT - 0.1))
        self.assertEqual(1, self.count(list_totals.KEPT))

    def test_filters_are_counted_each_time(self):
        self.add("a")
        self.assertEqual(1, self.count(0))
        self.assertEqual(0, self.count(0, active=False))
        self.assertEqual(1, self.count(0, identifiers=["a"]))
