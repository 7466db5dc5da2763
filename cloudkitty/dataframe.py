# SPDX-License-Identifier: Apache-2.0
"""Rated or unrated quantities: the data that flows through the engine.

Import path, names, argument order and conversions are those that CloudKitty
25 plugins use (``cloudkitty.dataframe``). The engine makes its points with
``make_point``, which converts nothing.
"""

import collections.abc
import datetime
import decimal
import functools
import typing

from cloudkitty.common import periods
from cloudkitty.common import point_form

#: Unit of a point without one.
UNDEFINED = "undefined"


class ImmutableDict(dict[str, typing.Any]):
    """A mapping that several points may share; changes raise TypeError."""

    def _refuse(self, *_args: object, **_kwargs: object) -> typing.NoReturn:
        raise TypeError("the attributes of a point cannot be changed")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = _refuse
    setdefault = update = _refuse

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def copy(self) -> dict[str, typing.Any]:
        """Return a copy that can be changed."""
        return dict(self)

    def __copy__(self) -> typing.Self:
        return self

    def __reduce__(
        self,
    ) -> tuple[type[typing.Self], tuple[dict[str, typing.Any]]]:
        return type(self), (dict(self),)


class _Fields(typing.NamedTuple):
    unit: str
    qty: decimal.Decimal
    price: decimal.Decimal
    groupby: collections.abc.Mapping[str, typing.Any]
    metadata: collections.abc.Mapping[str, typing.Any]
    description: str | None = None


class DataPoint(_Fields):
    """One quantity of one metric in one period.

    Immutable: the mappings in it are shared between points and must not be
    changed by anyone who holds one.

    :ivar unit: display unit, such as ``GiB``; ``undefined`` if it is empty.
    :ivar qty: quantity; a float is converted by its shortest text.
    :ivar price: price so far; zero before rating.
    :ivar groupby: grouping attributes, text to text; a mapping or pairs.
    :ivar metadata: further attributes, text to text.
    :ivar description: text of the metric's definition, or None.
    :raises TypeError: if a number or a mapping is None.
    :raises decimal.InvalidOperation: for text that is not a number.
    """

    __slots__ = ()

    def __new__(
        cls,
        unit: str | None,
        qty: decimal.Decimal | float | str,
        price: decimal.Decimal | float | str,
        groupby: typing.Any,
        metadata: typing.Any,
        description: str | None = None,
    ) -> typing.Self:
        return tuple.__new__(
            cls,
            (
                unit or UNDEFINED,
                point_form.number(qty),
                point_form.number(price),
                ImmutableDict(groupby),
                ImmutableDict(metadata),
                description,
            ),
        )

    @property
    def desc(self) -> ImmutableDict:
        """The metadata overlaid by the grouping attributes."""
        return ImmutableDict({**self.metadata, **self.groupby})

    def set_price(self, price: decimal.Decimal) -> "DataPoint":
        """Return the same point with another price, without conversion."""
        return self._replace(price=price)

    def as_dict(
        self, legacy: bool = False, mutable: bool = False
    ) -> dict[str, typing.Any]:
        """Return the point as CloudKitty 25 does, without its description.

        :param legacy: one mapping ``desc`` instead of two.
        :param mutable: return dicts that can be changed.
        """
        return point_form.point_as_dict(self, legacy, mutable, ImmutableDict)

    def json(self, legacy: bool = False) -> str:
        """Return the JSON text; decimals are floats."""
        return point_form.dumps(self.as_dict(legacy, mutable=True))

    @classmethod
    def from_dict(
        cls,
        dict_: collections.abc.Mapping[str, typing.Any],
        legacy: bool = False,
    ) -> typing.Self:
        """Return the point of the form of ``as_dict``.

        :raises ValueError: for a missing, unknown or invalid value.
        """
        return cls(**point_form.point_arguments(dict_, legacy))


#: Makes a point of six values in their final form, without any conversion:
#: ``make_point((unit, qty, price, groupby, metadata, description))``.
make_point: collections.abc.Callable[
    [
        tuple[
            str,
            decimal.Decimal,
            decimal.Decimal,
            collections.abc.Mapping[str, str],
            collections.abc.Mapping[str, str],
            str | None,
        ]
    ],
    DataPoint,
] = functools.partial(tuple.__new__, DataPoint)


class DataFrame:
    """All points of one scope and one period.

    :param start: beginning of the period; aware, UTC.
    :param end: end of the period, exclusive.
    :param usage: metric name (``alt_name``) to its points; the lists are not
        copied.
    :raises TypeError: for a bound that is not a datetime, and usage that is
        not a dict.
    """

    __slots__ = ("end", "start", "usage")

    def __init__(
        self,
        start: datetime.datetime,
        end: datetime.datetime,
        usage: dict[str, list[DataPoint]] | None = None,
    ) -> None:
        if not (
            isinstance(start, datetime.datetime)
            and isinstance(end, datetime.datetime)
        ):
            raise TypeError("start and end of a frame must be datetimes")
        self.start = start
        self.end = end
        self.usage: dict[str, list[DataPoint]] = {}
        if usage is not None:
            if not isinstance(usage, dict):
                raise TypeError("the usage of a frame must be a dict")
            self.usage = dict(sorted(usage.items()))

    def __repr__(self) -> str:
        return f"DataFrame({self.start}, {len(self)} points)"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DataFrame):
            return NotImplemented
        return (self.start, self.end, self.usage) == (
            other.start,
            other.end,
            other.usage,
        )

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        return sum(map(len, self.usage.values()))

    @property
    def period(self) -> periods.Window:
        """The period as a window."""
        return periods.Window(self.start, self.end)

    def add_point(self, point: DataPoint, type_: str) -> None:
        """Append one point to the metric ``type_``."""
        self.add_points([point], type_)

    def add_points(
        self, points: collections.abc.Iterable[DataPoint], type_: str
    ) -> None:
        """Append points to the metric ``type_``."""
        self.usage.setdefault(type_, []).extend(points)

    def iterpoints(
        self,
    ) -> collections.abc.Iterator[tuple[str, DataPoint]]:
        """Yield (metric, point)."""
        for metric, points in self.usage.items():
            for point in points:
                yield metric, point

    def itertypes(
        self,
    ) -> collections.abc.Iterator[tuple[str, list[DataPoint]]]:
        """Yield (metric, its points)."""
        yield from self.usage.items()

    def as_dict(
        self, legacy: bool = False, mutable: bool = False
    ) -> dict[str, typing.Any]:
        """Return the frame as CloudKitty 25 does; see ``DataPoint.as_dict``.

        :returns: ``period {begin, end}`` and ``usage {metric: [point]}``.
        """
        made = {
            "period": {"begin": self.start, "end": self.end},
            "usage": {
                metric: [point.as_dict(legacy, mutable) for point in points]
                for metric, points in self.itertypes()
            },
        }
        return made if mutable else ImmutableDict(made)

    def json(self, legacy: bool = False) -> str:
        """Return the JSON text; decimals are floats, times are ISO 8601."""
        return point_form.dumps(self.as_dict(legacy, mutable=True))

    @classmethod
    def from_dict(
        cls,
        dict_: collections.abc.Mapping[str, typing.Any],
        legacy: bool = False,
    ) -> typing.Self:
        """Return the frame of the form of ``as_dict``.

        :param dict_: its times are datetimes or ISO 8601 text, without offset
            in UTC.
        :raises ValueError: for a missing, unknown or invalid value.
        """
        begin, end, usage = point_form.frame_parts(dict_)
        return cls(
            begin,
            end,
            {
                metric: [DataPoint.from_dict(one, legacy) for one in points]
                for metric, points in usage.items()
            },
        )
