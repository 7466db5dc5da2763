# SPDX-License-Identifier: Apache-2.0
"""The price of one point: exact arithmetic with cached terms.

The terms that depend on the attributes of a point are computed once for each
combination of their values. Each point then needs one multiplication for each
group, and the thresholds of its quantity.
"""

import bisect
import collections.abc
import decimal
import typing

from cloudkitty import dataframe
from cloudkitty.rating import base
from cloudkitty.rating.hashmap import rules

#: Combinations of field values that one service remembers. A field such as
#: an id has as many values as there are resources.
REMEMBERED = 8192

_ZERO = decimal.Decimal(0)
_ONE = decimal.Decimal(1)
_ABSENT: typing.Any = object()

#: Text form of each field's value; None where the point has no such field.
_Texts = tuple[str | None, ...]
_Attributes = collections.abc.Mapping[str, object]


class Pricer:
    """Prices the points of one metric.

    To be used in ``base.CONTEXT``.

    :param service: the rules in force.
    """

    def __init__(self, service: rules.ServiceRules) -> None:
        self._service = service
        self._names = tuple(field.name for field in service.fields)
        self._groups = service.groups
        self._quantity_steps = {
            group: _QuantitySteps(
                step for step in service.steps if step.group == group
            )
            for group in {step.group for step in service.steps}
        }
        self._remembered: dict[_Texts, tuple[_Term, ...]] = {}

    def rate(
        self, points: collections.abc.Iterable[dataframe.DataPoint]
    ) -> list[dataframe.DataPoint]:
        """Return the points with their cost added to their price.

        :raises cloudkitty.rating.base.RatingError: if a quantity is not a
            finite number, or the value of a field with thresholds is not a
            number.
        """
        rated = []
        remembered = self._remembered
        for unit, qty, price, groupby, metadata, description in points:
            texts = self._texts(groupby, metadata)
            terms = remembered.get(texts)
            if terms is None:
                terms = self._remember(texts)
            if not qty.is_finite():
                raise base.RatingError(
                    f"metric {self._service.name}: the quantity {qty} is "
                    "not finite"
                )
            total = _ZERO
            for factor, steps in terms:
                if steps is None:
                    total += factor * qty
                else:
                    total += steps.price(qty)
            rated.append(
                dataframe.make_point(
                    (
                        unit,
                        qty,
                        price + total,
                        groupby,
                        metadata,
                        description,
                    )
                )
            )
        return rated

    def _texts(
        self,
        groupby: _Attributes,
        metadata: _Attributes,
    ) -> _Texts:
        texts: list[str | None] = []
        for name in self._names:
            value = groupby.get(name, _ABSENT)
            if value is _ABSENT:
                value = metadata.get(name, _ABSENT)
            texts.append(None if value is _ABSENT else str(value))
        return tuple(texts)

    def _remember(self, texts: _Texts) -> tuple["_Term", ...]:
        if len(self._remembered) >= REMEMBERED:
            self._remembered.clear()
        terms = self._remembered[texts] = self._combine(texts)
        return terms

    def _combine(self, texts: _Texts) -> tuple["_Term", ...]:
        """Return the terms of a point with these field values."""
        groups = {group: _Group() for group in self._groups}
        for cost in self._service.costs:
            groups[cost.group].add(cost)
        for field, text in zip(self._service.fields, texts, strict=True):
            if text is None:
                continue
            for cost in field.values.get(text, ()):
                groups[cost.group].add(cost)
            if field.needs_number is not None:
                value = self._number(field, text)
                for step in field.steps:
                    if value >= step.level:
                        groups[step.group].offer(step)
        terms = (
            group.term(self._quantity_steps.get(name))
            for name, group in groups.items()
        )
        return tuple(term for term in terms if term.factor or term.steps)

    def _number(self, field: rules.FieldRules, text: str) -> decimal.Decimal:
        try:
            value = decimal.Decimal(text)
        except decimal.InvalidOperation:
            value = decimal.Decimal("NaN")
        if value.is_nan():
            raise base.RatingError(
                f"metric {self._service.name}: threshold "
                f"{field.needs_number} needs a number in field {field.name}, "
                "but its value is not a number"
            )
        return value


class _Term(typing.NamedTuple):
    """The part of one group in the price.

    :ivar factor: price of one unit, unless the term has steps.
    """

    factor: decimal.Decimal
    steps: "_SteppedTerm | None"


class _Group:
    """The combined effect of the applicable rules of one group."""

    def __init__(self) -> None:
        self._flat = _ZERO
        self._rate = _ONE
        self._level = rules.LOWEST_LEVEL
        self._step: rules.Step | None = None

    def add(self, cost: rules.Cost) -> None:
        if cost.flat:
            self._flat = max(self._flat, cost.cost)
        else:
            self._rate *= cost.cost

    def offer(self, step: rules.Step) -> None:
        """Take a field's threshold if its level is higher, not the same."""
        if step.level > self._level:
            self._level = step.level
            self._step = step

    def term(self, quantity_steps: "_QuantitySteps | None") -> _Term:
        factor = self._factor()
        if quantity_steps is None:
            return _Term(factor, None)
        return _Term(
            factor,
            _SteppedTerm(
                factor, self._level, self._flat * self._rate, quantity_steps
            ),
        )

    def _factor(self) -> decimal.Decimal:
        if self._step is None:
            return self._flat * self._rate
        if self._step.flat:
            return (self._flat + self._step.cost) * self._rate
        return self._flat * (self._rate * self._step.cost)


class _QuantitySteps:
    """A service's thresholds of one group, lowest first."""

    def __init__(self, steps: collections.abc.Iterable[rules.Step]) -> None:
        self.steps = sorted(steps, key=lambda step: step.level)
        self.levels = [step.level for step in self.steps]

    def find(self, qty: decimal.Decimal) -> rules.Step | None:
        """Return the highest step that ``qty`` reaches."""
        index = bisect.bisect_right(self.levels, qty)
        return self.steps[index - 1] if index else None


class _SteppedTerm:
    """The part of a group that has thresholds of the quantity.

    :param factor: price of one unit if no threshold applies, or if all that
        apply are lower than ``level``.
    :param level: level of the threshold of a field.
    :param bare: price of one unit without thresholds.
    """

    __slots__ = ("_bare", "_factor", "_level", "_quantity_steps")

    def __init__(
        self,
        factor: decimal.Decimal,
        level: decimal.Decimal,
        bare: decimal.Decimal,
        quantity_steps: _QuantitySteps,
    ) -> None:
        self._factor = factor
        self._level = level
        self._bare = bare
        self._quantity_steps = quantity_steps

    def price(self, qty: decimal.Decimal) -> decimal.Decimal:
        step = self._quantity_steps.find(qty)
        # At the same level the service's threshold wins.
        if step is None or step.level < self._level:
            return self._factor * qty
        if step.flat:
            return self._bare * qty + step.cost
        return self._bare * qty * step.cost
