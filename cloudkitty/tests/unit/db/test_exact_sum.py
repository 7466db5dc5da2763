# SPDX-License-Identifier: Apache-2.0
"""``ck_sum`` of SQLite."""

import decimal
import random
import sqlite3

from cloudkitty.common import money
from cloudkitty.db.sql import exact_sum
from cloudkitty.tests import base


class TestExactSum(base.TestCase):
    def setUp(self):
        super().setUp()
        self.connection = sqlite3.connect(":memory:")
        self.addCleanup(self.connection.close)
        exact_sum.register(self.connection)
        self.connection.execute("CREATE TABLE texts (value)")

    def sum_of(self, values):
        self.connection.execute("DELETE FROM texts")
        self.connection.executemany(
            "INSERT INTO texts VALUES (?)", ((value,) for value in values)
        )
        [[found]] = self.connection.execute("SELECT ck_sum(value) FROM texts")
        return found

    def test_nothing(self):
        self.assertEqual("0", self.sum_of([None, None]))

    def test_texts_numbers_and_null(self):
        self.assertEqual("3.75", self.sum_of(["1.25", None, 1, "1.25", 0.25]))
        self.assertEqual(
            f"0.{'0' * 27}2", self.sum_of(["1E-28", "1E-28", "5", "-5"])
        )

    def test_many_different_texts(self):
        chance = random.Random(3)
        texts = [
            f"{chance.randrange(-9, 10)}.{chance.randrange(10**28):028d}"
            for _ in range(2_500)
        ]
        texts += chance.choices(texts, k=5_000)
        chance.shuffle(texts)
        self.assertEqual(
            money.total(map(decimal.Decimal, texts)),
            decimal.Decimal(self.sum_of(texts)),
        )
