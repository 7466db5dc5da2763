# SPDX-License-Identifier: Apache-2.0
"""Rules in force for a period, and their precedence."""

import datetime
import zoneinfo

from cloudkitty.tests import base
from cloudkitty.tests import rule_book

utc = base.utc


class TestValidity(base.TestCase):
    def setUp(self):
        super().setUp()
        self.book = rule_book.RuleBook()

    def price(self, at):
        return self.book.price(rule_book.point(1), at=at)

    def test_from_start_inclusive_to_end_exclusive(self):
        self.book.map(
            "flat",
            2,
            start=utc("2026-11-01T05:00"),
            end=utc("2026-11-01T07:00"),
        )
        self.assertEqual(
            [0, 2, 2, 0],
            [
                self.price(utc(f"2026-11-01T{hour}:00"))
                for hour in ("04", "05", "06", "07")
            ],
        )

    def test_made_at_half_past_applies_from_the_next_period_on(self):
        self.book.map("flat", 2, start=utc("2026-11-01T10:30"))
        self.assertEqual(0, self.price(utc("2026-11-01T10:00")))
        self.assertEqual(2, self.price(utc("2026-11-01T11:00")))

    def test_instants_of_any_time_zone_are_compared(self):
        self.book.map("flat", 2, start=utc("2026-11-01T05:00"))
        tokyo = zoneinfo.ZoneInfo("Asia/Tokyo")
        for instant, expected in (
            ("2026-11-01T04:00", 0),
            ("2026-11-01T05:00", 2),
        ):
            at = utc(instant).astimezone(tokyo)
            self.assertEqual(expected, self.price(at))

    def test_deleted_never_applies(self):
        self.book.map("flat", 2, deleted=utc("2026-12-01T00:00"))
        self.assertEqual(0, self.price(utc("2026-11-01T05:00")))

    def test_an_end_before_the_start_never_applies(self):
        self.book.map(
            "flat",
            2,
            start=utc("2026-11-01T05:00"),
            end=utc("2026-11-01T04:00"),
        )
        for hour in ("03", "04", "05", "06"):
            self.assertEqual(0, self.price(utc(f"2026-11-01T{hour}:00")))

    def test_thresholds_always_apply(self):
        self.book.threshold("flat", 0, 7)
        self.assertEqual(7, self.price(utc("1970-01-01T00:00")))

    def test_one_price_list_goes_back_and_forth(self):
        step = datetime.timedelta(hours=1)
        begin = utc("2026-11-01T00:00")
        for hour in range(6):
            self.book.map(
                "flat",
                hour + 1,
                start=begin + hour * step,
                end=begin + (hour + 1) * step,
            )
        prices = self.book.price_list()
        for hour in (0, 1, 5, 2, 2, 6, 0, -1):
            at = begin + hour * step
            prices.reload(at)
            rated = prices.rate(rule_book.frame([rule_book.point(1)], at=at))
            expected = hour + 1 if 0 <= hour < 6 else 0
            self.assertEqual(expected, rated.usage["cpu"][0].price)


class TestSlots(base.TestCase):
    def setUp(self):
        super().setUp()
        self.book = rule_book.RuleBook()

    def test_own_service_mapping_wins_regardless_of_its_type(self):
        self.book.map("rate", 5, tenant="a")
        self.book.map("flat", 2)
        self.assertEqual(0, self.book.price())
        self.book.map("flat", 3, tenant="a")
        self.assertEqual(9, self.book.price())

    def test_own_mapping_of_another_group_stands_beside(self):
        self.book.map("flat", 2)
        self.book.map("flat", 3, tenant="a", group="own")
        self.assertEqual(15, self.book.price())

    def test_own_field_mapping_wins_for_its_value(self):
        self.book.map("flat", 2, "flavor", "m1")
        self.book.map("flat", 1, "flavor", "m1", tenant="a")
        self.book.map("flat", 9, "flavor", "m2", tenant="a")
        self.assertEqual(3, self.book.price())

    def test_own_threshold_wins_for_its_level(self):
        self.book.threshold("flat", 1, 10, tenant="a")
        self.book.threshold("flat", "1.0", 99)
        self.book.threshold("flat", 0, 77)
        self.assertEqual(10, self.book.price())

    def test_own_mapping_that_is_not_in_force_does_not_win(self):
        self.book.map("flat", 2)
        self.book.map("flat", 1, tenant="a", start=utc("2027-01-01T00:00"))
        self.assertEqual(6, self.book.price())

    def test_the_later_of_two_general_ones_wins(self):
        self.book.map("flat", 9)
        self.book.map("flat", 2)
        self.assertEqual(6, self.book.price())

    def test_a_group_of_the_default_groups_name_is_it(self):
        self.book.map("flat", 2)
        self.book.map("rate", 2, "flavor", "m1", group="_DEFAULT_")
        self.assertEqual(12, self.book.price())

    def test_services_do_not_mix(self):
        self.book.map("flat", 2)
        self.book.map("flat", 5, "flavor", "m1", service="disk")
        self.assertEqual(6, self.book.price())
        self.assertEqual(15, self.book.price(service="disk"))
