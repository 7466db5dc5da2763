# SPDX-License-Identifier: Apache-2.0
"""Derive the values of each scope and period from Gnocchi's groups.

Gnocchi shortens the window of each revision of a resource but the first that
the request selects, and multiplies the value of a granularity step by the
part of it that the window covers. In a request for one scope and one period,
the first revision of each period is not shortened. A joint request shortens
all but the first of its whole window, so the two differ where a revision
begins inside a period and an earlier one was selected that the exact request
does not select: after a resource has changed its scope. Their values differ,
or the joint answer has none because the revision has no measure of its own in
the period. ``Answer.doubtful`` lists such places; all others are equal.
"""

import collections
import collections.abc
import dataclasses
import datetime
import typing

from cloudkitty.collector.gnocchi import query as gnocchi_query

Attributes = dict[str, typing.Any]


class Malformed(Exception):
    """An answer does not have the form of Gnocchi's."""


class TooManyMeasures(Exception):
    """An answer has too many measures; the text is the limit."""


@dataclasses.dataclass(frozen=True, slots=True)
class Value:
    """The value of one group in one period.

    :param index: of the period.
    :param attributes: those the metric groups by.
    :param number: shortest text of Gnocchi's number.
    """

    index: int
    attributes: Attributes
    number: str


@dataclasses.dataclass(slots=True)
class _Revision:
    """A group of a joint answer: one revision of one resource."""

    attributes: Attributes
    scope_id: str
    resource_id: str
    begin: float
    #: (Unix time, value), oldest first.
    measures: list[tuple[float, float]]


@dataclasses.dataclass(frozen=True, slots=True)
class Doubt:
    """A place at which a joint answer may differ from the exact one.

    :param index: of the period.
    :param begin: Unix time of the revision's begin, inside the period.
    """

    scope_id: str
    index: int
    resource_id: str
    begin: float


def of_exact(
    groups: collections.abc.Iterable[Attributes], query: gnocchi_query.Query
) -> list[Value]:
    """Return the values of an exact answer: the first measure of each group.

    :raises Malformed: for another answer.
    """
    found = []
    for item in groups:
        attributes, measures = _read(item)
        if measures:
            found.append(Value(0, attributes, repr(_number(measures[0][2]))))
    if query.all_revisions:
        return found
    by_resource: dict[typing.Any, list[Value]] = collections.defaultdict(list)
    for value in sorted(found, key=_revision_start):
        by_resource[_identity(value.attributes)].append(value)
    return [
        Value(0, values[-1].attributes, _sum([v.number for v in values]))
        for values in by_resource.values()
    ]


class Answer:
    """A joint answer.

    :param begin: Unix time of the window's begin.
    :param count: its periods.
    :param most: limit of all measures; None: unlimited.
    """

    def __init__(
        self,
        query: gnocchi_query.Query,
        begin: float,
        count: int,
        most: int | None,
    ) -> None:
        self._query = query
        self._begin = begin
        self._count = count
        self._most = most
        self._read_measures = 0
        self._times: dict[str, float] = {}
        # By scope and resource.
        self._found: dict[tuple[str, str], list[_Revision]] = (
            collections.defaultdict(list)
        )

    def add(self, item: Attributes) -> None:
        """Add one group.

        :raises Malformed: if it does not have the form of a group.
        :raises TooManyMeasures: beyond ``most``.
        """
        attributes, measures = _read(item)
        self._read_measures += len(measures)
        if self._most is not None and self._read_measures > self._most:
            raise TooManyMeasures(self._most)
        try:
            begin = attributes[gnocchi_query.REVISION]
            revision = _Revision(
                {n: attributes[n] for n in self._query.metric.groupby},
                attributes[self._query.scope_key],
                attributes[gnocchi_query.IDENTITY],
                unix(begin),
                [(self._time(m[0]), _number(m[2])) for m in measures],
            )
        except (KeyError, TypeError, ValueError) as err:
            raise Malformed(str(err)) from None
        self._found[revision.scope_id, revision.resource_id].append(revision)

    def scopes(self) -> set[str]:
        """Return the scopes of the groups."""
        return {scope_id for scope_id, _ in self._found}

    def values(self) -> collections.abc.Iterator[tuple[str, Value]]:
        """Yield (scope, value) for each group of each period."""
        for (scope_id, _), revisions in self._found.items():
            for index, present in self._by_period(revisions):
                for value in self._of_resource(index, present):
                    yield scope_id, value

    def doubtful(self) -> list[Doubt]:
        """Return the places that an exact request may answer otherwise.

        A revision that begins inside a period may have no measure between
        its begin and the end of the period: then the joint answer has no
        value of the resource there.
        """
        return [
            Doubt(scope_id, index, resource_id, begin)
            for (scope_id, resource_id), revisions in self._found.items()
            for index, begin in self._first_begins(revisions).items()
        ]

    def _first_begins(self, revisions: list[_Revision]) -> dict[int, float]:
        """Return the begin of the first revision that begins inside a period.

        Periods in which an earlier revision has measures are left out.
        """
        earlier = {
            index
            for index, present in self._by_period(revisions)
            if present[0][0].begin <= self._start(index)
        }
        found: dict[int, float] = {}
        for begin in sorted(revision.begin for revision in revisions):
            index = int((begin - self._begin) // self._query.seconds)
            inside = 0 <= index < self._count and begin > self._start(index)
            if inside and index not in earlier:
                found.setdefault(index, begin)
        return found

    def _by_period(
        self, revisions: list[_Revision]
    ) -> collections.abc.Iterator[
        tuple[int, list[tuple[_Revision, list[tuple[float, float]]]]]
    ]:
        """Yield each period with its revisions and their measures in it."""
        found: dict[int, list[tuple[_Revision, list[tuple[float, float]]]]]
        found = collections.defaultdict(list)
        for revision in sorted(revisions, key=lambda each: each.begin):
            own: dict[int, list[tuple[float, float]]]
            own = collections.defaultdict(list)
            for measure in revision.measures:
                own[self._index(measure[0])].append(measure)
            for index, measures in own.items():
                # An exact request does not select a later revision.
                if revision.begin < self._start(index + 1):
                    found[index].append((revision, measures))
        yield from found.items()

    def _of_resource(
        self,
        index: int,
        present: list[tuple[_Revision, list[tuple[float, float]]]],
    ) -> list[Value]:
        """Return the values of one resource in one period.

        All revisions together are one value, or those with the same
        attributes are.
        """
        if not self._query.all_revisions:
            numbers = [repr(_first(measures)) for _, measures in present]
            return [Value(index, present[-1][0].attributes, _sum(numbers))]
        groups: dict[tuple[typing.Any, ...], list[tuple[float, float]]] = {}
        shown: dict[tuple[typing.Any, ...], Attributes] = {}
        for revision, measures in present:
            key = tuple(revision.attributes.values())
            shown[key] = revision.attributes
            groups.setdefault(key, []).extend(measures)
        return [
            Value(index, shown[key], repr(_first(found)))
            for key, found in groups.items()
        ]

    def _start(self, index: int) -> float:
        return self._begin + index * self._query.seconds

    def _index(self, at: float) -> int:
        """Return the period of a measure.

        A measure that lies outside is one of a single period whose begin is
        not a multiple of the granularity.
        """
        if self._count == 1:
            return 0
        index = int((at - self._begin) // self._query.seconds)
        if not 0 <= index < self._count:
            raise Malformed("a measure outside of the window")
        return index

    def _time(self, text: str) -> float:
        found = self._times.get(text)
        if found is None:
            found = self._times[text] = unix(text)
        return found


def _first(measures: list[tuple[float, float]]) -> float:
    """Return the first measure; Gnocchi adds up neighbours of one time."""
    at, total = measures[0]
    for other, number in measures[1:]:
        if other != at:
            break
        total = number + total
    return total


def _sum(numbers: list[str]) -> str:
    return numbers[0] if len(numbers) == 1 else repr(sum(map(float, numbers)))


def _read(item: Attributes) -> tuple[Attributes, list[typing.Any]]:
    try:
        attributes = item["group"]
        measures = item["measures"]["measures"]["aggregated"]
    except (KeyError, TypeError):
        raise Malformed("a group without measures") from None
    if not isinstance(attributes, dict) or not isinstance(measures, list):
        raise Malformed("a group without measures")
    if not all(isinstance(each, list) and len(each) == 3 for each in measures):
        raise Malformed("a malformed measure")
    return attributes, measures


def _number(value: typing.Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Malformed("a measure that is not a number")
    return float(value)


def _revision_start(value: Value) -> float:
    try:
        return unix(value.attributes[gnocchi_query.REVISION])
    except (KeyError, TypeError, ValueError):
        raise Malformed("a group without revision_start") from None


def _identity(attributes: Attributes) -> typing.Any:
    for name in gnocchi_query.IDENTITIES:
        if name in attributes:
            return attributes[name]
    raise Malformed("a group without an id")


def unix(text: str) -> float:
    """Return the Unix time of a time in an answer.

    :raises ValueError: if it is not a time; TypeError: if it is not text.
    """
    at = datetime.datetime.fromisoformat(text)
    if at.tzinfo is None:
        at = at.replace(tzinfo=datetime.UTC)
    return at.timestamp()
