# SPDX-License-Identifier: Apache-2.0
"""Points as lines of the line protocol."""

import collections.abc
import dataclasses
import datetime
import decimal

from cloudkitty import dataframe
from cloudkitty.common import money
from cloudkitty.common import periods
from cloudkitty.common import scopes
from cloudkitty.storage import base
from cloudkitty.storage import stored
from cloudkitty.storage.v2.influxdb import escaping
from cloudkitty.storage.v2.influxdb import names
from cloudkitty.storage.v2.influxdb import typed

#: Tags of a series, sorted, none of them empty.
Tags = tuple[tuple[str, str], ...]
#: What identifies a point: its series and the nanoseconds of its beginning.
Key = tuple[Tags, int]

_MICROSECOND = datetime.timedelta(microseconds=1)
_SECOND = datetime.timedelta(seconds=1)
#: Nanoseconds that the server accepts: about the years 1678 to 2262.
FIRST = -(2**63) + 2
LAST = 2**63 - 2


@dataclasses.dataclass(frozen=True, slots=True)
class Point:
    """One point to write.

    :param tags: without the number among points of equal tags and time.
    :param time: nanoseconds of the beginning of its period.
    :param fields: texts of the line protocol.
    """

    tags: dict[str, str]
    time: int
    fields: dict[str, str]

    def numbered(self, number: str) -> "Point":
        """Return the same point in a series of its own.

        :param number: value of the tag; ``""`` returns the point unchanged.
        """
        if not number:
            return self
        return dataclasses.replace(
            self, tags={**self.tags, names.NUMBER: number}
        )

    def key(self) -> Key:
        """Return the identity of the point."""
        return tuple(sorted(self.tags.items())), self.time

    def line(self) -> str:
        """Return the line of the point, with sorted names."""
        tag, tags, fields = escaping.tag, self.tags, self.fields
        series = ",".join(
            f"{tag(key)}={tag(tags[key])}" for key in sorted(tags)
        )
        values = ",".join(
            f"{tag(key)}={fields[key]}" for key in sorted(fields)
        )
        return f"{names.MEASUREMENT},{series} {values} {self.time}"


def nanoseconds(at: datetime.datetime) -> int:
    """Return a time as the server counts it."""
    return (at - periods.EPOCH) // _MICROSECOND * 1000


class Encoder:
    """Converts the points of one scope.

    :param types: types of the stored fields of metadata.
    :raises cloudkitty.storage.base.Unstorable: from all methods, for a
        point that cannot be stored.
    """

    def __init__(
        self,
        scope: scopes.Scope,
        types: collections.abc.Mapping[str, frozenset[str]],
    ) -> None:
        self._key = names.stored_name(scope.scope_key)
        self._scope = names.stored_value(scope.identifier)
        self._types = types

    def check(
        self, frames: collections.abc.Iterable[dataframe.DataFrame]
    ) -> None:
        """Check that all points can be stored, before any is written."""
        for frame in frames:
            _time(frame)
            for _, point in frame.iterpoints():
                stored.as_stored(point)

    def points(
        self,
        frames: collections.abc.Iterable[dataframe.DataFrame],
        first_position: int = 0,
    ) -> collections.abc.Iterator[Point]:
        """Yield the points of the frames in their order."""
        for frame in frames:
            time, seconds = _time(frame)
            position = first_position
            for metric, point in frame.iterpoints():
                fixed = {
                    names.PERIOD: f"{seconds}i",
                    names.POSITION: f"{position}i",
                }
                yield self._point(metric, stored.as_stored(point), time, fixed)
                position += 1

    def _point(
        self,
        metric: str,
        point: dataframe.DataPoint,
        time: int,
        fixed: dict[str, str],
    ) -> Point:
        groupby = {self._name(k, v): v for k, v in point.groupby.items()}
        tags = {
            key: stored
            for key, value in groupby.items()
            if (stored := names.stored_value(value))
        }
        tags[self._key] = self._scope
        # As all others, it has no tag if it is empty.
        if metric:
            tags[names.TYPE] = names.stored_value(metric)
        fields: dict[str, str] = {}
        metadata = []
        for name, value in point.metadata.items():
            key, text = typed.field(name, value, self._types)
            if key == self._key:
                # Upstream's statements would mean the field.
                key, text = names.alias(name), escaping.string(value)
            fields[key] = text
            metadata.append(key)
        fields.update(fixed)
        fields.update(_numbers(point))
        fields[names.UNIT] = escaping.string(point.unit)
        fields[names.GROUPBY] = escaping.string("|".join(groupby))
        fields[names.METADATA] = escaping.string("|".join(metadata))
        if point.description is not None:
            fields[names.DESCRIPTION] = escaping.string(point.description)
        return Point(tags, time, fields)

    def _name(self, name: str, value: str) -> str:
        key = names.stored_name(name)
        if key == self._key and names.stored_value(value) != self._scope:
            # The tag of this name is the scope.
            return names.alias(name)
        return key


def number(
    points: collections.abc.Iterable[Point], keys: set[Key]
) -> collections.abc.Iterator[Point]:
    """Yield the points, equal ones numbered in their order.

    :param keys: gets the key of each point.
    """
    counts: dict[Key, int] = {}
    # The points of a series share its tags.
    known: dict[Tags, Tags] = {}
    for point in points:
        key = point.key()
        if key in keys:
            counts[key] = counts.get(key, 0) + 1
            point = point.numbered(str(counts[key]))
            key = point.key()
        tags, time = key
        keys.add((known.setdefault(tags, tags), time))
        yield point


def _numbers(point: dataframe.DataPoint) -> dict[str, str]:
    """Return the fields of quantity and price.

    A number with more digits than a float has is stored exactly beside it.
    """
    fields = {}
    for name, exact, value in (
        (names.QTY, names.EXACT_QTY, point.qty),
        (names.PRICE, names.EXACT_PRICE, point.price),
    ):
        text = repr(float(value))
        fields[name] = text
        if decimal.Decimal(text) != value:
            fields[exact] = escaping.string(money.text(value))
    return fields


def _time(frame: dataframe.DataFrame) -> tuple[int, int]:
    """Return the beginning in nanoseconds and the length in seconds."""
    length = frame.end - frame.start
    if length % _SECOND or length < _SECOND:
        raise base.Unstorable(
            "influxdb: a period cannot be stored: its length is not a number "
            "of whole seconds"
        )
    time = nanoseconds(frame.start)
    if not FIRST <= time <= LAST:
        raise base.Unstorable(
            "influxdb: a period cannot be stored: InfluxDB stores the years "
            "1678 to 2261"
        )
    return time, length // _SECOND
