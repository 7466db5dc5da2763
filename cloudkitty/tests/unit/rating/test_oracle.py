# SPDX-License-Identifier: Apache-2.0
"""Hashmap's prepared arithmetic against a plain reading of the facts.

``plain_price`` does what processing.md says in sections 5 and 6, step by
step for each point, with nothing prepared or remembered.
"""

import collections
import datetime
import decimal

import hypothesis
from hypothesis import strategies as st

from cloudkitty import dataframe
from cloudkitty.rating import base as rating_base
from cloudkitty.tests import base
from cloudkitty.tests import rule_book

D = decimal.Decimal
HOUR = datetime.timedelta(hours=1)
GROUPS = (None, None, "g", "h", "_DEFAULT_")
FIELDS = ("flavor", "ram")
VALUES = ("4", "8", "0.5", "m1", "None", "")


class Impossible(Exception):
    """A threshold of a field met a value that is not a number."""


def plain_price(book, metric, point, at):
    """Return the price of a point, or raise Impossible."""
    context = decimal.Context(prec=28, rounding=decimal.ROUND_HALF_EVEN)
    with decimal.localcontext(context):
        rules = book.rules()
        for service in rules.services:
            if service.name == metric:
                plain = PlainPrice(rules, at)
                plain.meet_service(service, point)
                return point.price + plain.total(point.qty)
        return point.price


class PlainPrice:
    def __init__(self, rules, at):
        self.rules = rules
        self.at = at
        self.names = {group.id: group.name for group in rules.groups}
        self.flat = collections.defaultdict(lambda: D(0))
        self.rate = collections.defaultdict(lambda: D(1))
        self.level = collections.defaultdict(lambda: D(-1))
        self.threshold = {}

    def meet_service(self, service, point):
        for rule in self.slots(self.mappings(), "service_id", service):
            self.apply(rule)
        for rule in self.slots(self.rules.thresholds, "service_id", service):
            if point.qty >= rule.level:
                self.offer(rule)
        attributes = {**point.metadata, **point.groupby}
        for field in self.rules.fields:
            if field.service_id == service.id and field.name in attributes:
                self.meet_field(field, attributes[field.name])

    def meet_field(self, field, value):
        for rule in self.slots(self.mappings(), "field_id", field):
            if rule.value == str(value):
                self.apply(rule)
        for rule in self.slots(self.rules.thresholds, "field_id", field):
            try:
                number = D(value)
            except (decimal.InvalidOperation, TypeError) as error:
                raise Impossible from error
            if number >= rule.level:
                self.offer(rule)

    def mappings(self):
        return [
            rule
            for rule in self.rules.mappings
            if rule.deleted is None
            and rule.start <= self.at
            and (rule.end is None or rule.end > self.at)
        ]

    def slots(self, rules, owner, row):
        """Return the owner's rules, a later one in place of an earlier."""
        found = {}
        for rule in rules:
            if getattr(rule, owner) == row.id:
                what = (
                    getattr(rule, "value", None),
                    getattr(rule, "level", None),
                )
                found[self.group(rule), what] = rule
        return found.values()

    def group(self, rule):
        return self.names.get(rule.group_id, "_DEFAULT_")

    def apply(self, rule):
        group = self.group(rule)
        if rule.map_type == "flat":
            self.flat[group] = max(self.flat[group], rule.cost)
        else:
            self.rate[group] *= rule.cost

    def offer(self, rule):
        group = self.group(rule)
        if rule.level > self.level[group]:
            self.level[group] = rule.level
            self.threshold[group] = rule

    def total(self, qty):
        total = D(0)
        for group in sorted({*self.flat, *self.rate, *self.threshold}):
            total += self.group_price(
                self.flat[group],
                self.rate[group],
                qty,
                self.threshold.get(group),
            )
        return total

    def group_price(self, flat, rate, qty, threshold):
        if threshold is None:
            return flat * rate * qty
        cost = threshold.cost
        match (threshold.field_id is not None, threshold.map_type):
            case (True, "flat"):
                return (flat + cost) * rate * qty
            case (True, "rate"):
                return flat * (rate * cost) * qty
            case (False, "flat"):
                return flat * rate * qty + cost
            case (False, "rate"):
                return flat * rate * qty * cost


kinds = st.sampled_from(["flat", "rate"])
groups = st.sampled_from(GROUPS)
tenants = st.sampled_from([None, "a"])
# Short ones for rules that meet, long ones for sums that are rounded.
costs = st.one_of(
    st.integers(-3, 9).map(D),
    st.decimals(-100, 1000, places=28, allow_nan=False),
)
levels = st.sampled_from([D(text) for text in "-2 -1 -0.5 0 3 4".split()])
quantities = st.one_of(
    levels,
    st.just(D(5)),
    st.decimals(-10, 10**9, places=12, allow_nan=False),
)
hours = st.integers(-2, 2).map(lambda count: rule_book.AT + count * HOUR)
numbers = st.sampled_from(["4", "8", 8])
attributes = st.one_of(
    st.fixed_dictionaries({"flavor": numbers, "ram": numbers}),
    st.dictionaries(
        st.sampled_from([*FIELDS, "other"]),
        st.sampled_from([*VALUES, 4, None]),
    ),
)


validities = st.one_of(
    st.just({}),
    st.fixed_dictionaries(
        {
            "start": hours,
            "end": st.one_of(st.none(), hours),
            "deleted": st.sampled_from([None, None, rule_book.AT]),
        }
    ),
)


@st.composite
def points(draw):
    return dataframe.DataPoint(
        "unit",
        draw(quantities),
        draw(st.sampled_from([D(0), D("1.5")])),
        draw(attributes),
        draw(attributes),
    )


@st.composite
def books(draw):
    book = rule_book.RuleBook()
    for _ in range(draw(st.integers(1, 9))):
        options = {"group": draw(groups), "tenant": draw(tenants)}
        field = draw(st.sampled_from([None, None, *FIELDS]))
        if draw(st.booleans()):
            book.threshold(
                draw(kinds), draw(levels), draw(costs), field, **options
            )
        else:
            book.map(
                draw(kinds),
                draw(costs),
                field,
                draw(st.sampled_from(VALUES)) if field else None,
                **draw(validities),
                **options,
            )
    return book


class TestOracle(base.TestCase):
    @hypothesis.settings(max_examples=400, deadline=None)
    @hypothesis.given(
        books(),
        st.lists(points(), min_size=1, max_size=6),
        st.lists(hours, min_size=1, max_size=3),
    )
    def test_same_price(self, book, some_points, times):
        """One price list serves all times and points, in any order."""
        prices = book.price_list()
        for at in times:
            prices.reload(at)
            for metric in ("cpu", "disk"):
                self.check(book, prices, metric, some_points, at)

    def check(self, book, prices, metric, some_points, at):
        for point in some_points:
            frame = rule_book.frame([point], metric, at)
            try:
                expected = plain_price(book, metric, point, at)
            except Impossible:
                self.assertRaises(rating_base.RatingError, prices.rate, frame)
            else:
                [rated] = prices.rate(frame).usage[metric]
                self.assertEqual(expected, rated.price)
