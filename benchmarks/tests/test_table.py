# SPDX-License-Identifier: Apache-2.0
import unittest

from benchmarks import table


class TestTable(unittest.TestCase):
    def setUp(self):
        self.table = table.Table(
            "Jobs", ["job", "s"], [["live", "1.00"], ["one scope", "12.0"]]
        )

    def test_text(self):
        self.assertEqual(
            "Jobs\n"
            "\n"
            "job           s\n"
            "---------  ----\n"
            "live       1.00\n"
            "one scope  12.0\n",
            self.table.text(),
        )

    def test_rst(self):
        self.assertEqual(
            ".. list-table:: Jobs\n"
            "   :header-rows: 1\n"
            "   :widths: auto\n"
            "\n"
            "   * - job\n"
            "     - s\n"
            "   * - live\n"
            "     - 1.00\n"
            "   * - one scope\n"
            "     - 12.0\n",
            self.table.rst(),
        )


class TestNumber(unittest.TestCase):
    def test_digits(self):
        for value, text in (
            (0, "0"),
            (12345.6, "12,346"),
            (99.94, "99.9"),
            (1.234, "1.23"),
            (0.1234, "0.123"),
            (0.00012, "0.00012"),
        ):
            with self.subTest(value):
                self.assertEqual(text, table.number(value))


class TestSpread(unittest.TestCase):
    def test_median_and_range(self):
        self.assertEqual("2.00 x (1.00-9.00)", table.spread([9, 1, 2], " x"))

    def test_one_value(self):
        self.assertEqual("5.00", table.spread([5]))

    def test_nothing(self):
        self.assertEqual("none", table.spread([]))
