# SPDX-License-Identifier: Apache-2.0
"""Answers of Prometheus' HTTP API, read piece by piece and checked."""

import collections.abc
import typing

from cloudkitty.common import json_pieces

#: Characters of a server's own text that go into an error.
_WORDS = 200
_TEXT = frozenset({str})

Series = dict[str, typing.Any]


class Unusable(Exception):
    """The answer is unusable; the text is a predicate of the server."""


class Reading:
    """The reading of one answer with HTTP status 200.

    :param pieces: the body.
    :param result_type: the expected result type.
    """

    def __init__(
        self, pieces: collections.abc.Iterable[bytes], result_type: str
    ) -> None:
        self._reader = json_pieces.Reader(pieces)
        self._result_type = result_type
        # The keys read so far; they may come in any order.
        self._top: dict[str, typing.Any] = {}
        self._data: dict[str, typing.Any] = {}

    def series(self) -> collections.abc.Iterator[Series]:
        """Yield the series; the answer is whole if it does not raise.

        :raises Unusable: for any other answer.
        """
        try:
            for key in _unique_keys(self._reader.keys()):
                if key == "data" and self._reader.peek() == "{":
                    self._top[key] = self._data
                    yield from self._read_data()
                else:
                    self._top[key] = self._reader.value()
            self._reader.end()
        except json_pieces.Malformed as err:
            raise Unusable(
                f"answered something that is not a JSON object ({err})"
            ) from err
        cause = _unusable_reason(self._top, self._result_type)
        if cause:
            raise Unusable(cause)

    def _read_data(self) -> collections.abc.Iterator[Series]:
        for key in _unique_keys(self._reader.keys()):
            if key == "result" and self._reader.peek() == "[":
                # Judged in the end too, if the type comes behind.
                self._data[key] = []
                known = self._data.get("resultType", self._result_type)
                if known != self._result_type:
                    raise Unusable(_other_type(known, self._result_type))
                yield from map(_labelled, self._reader.items())
            else:
                self._data[key] = self._reader.value()


def _unusable_reason(answer: typing.Any, result_type: str) -> str | None:
    """Return why an answer is unusable; None if it is usable."""
    if answer.get("status") != "success":
        return (
            f"answered status {_short(answer.get('status'))}{error_of(answer)}"
        )
    warnings = _partial(answer.get("warnings"))
    if warnings:
        return f"returned a partial answer: {_short(warnings)}"
    data = answer.get("data")
    if not isinstance(data, dict):
        return "answered without data"
    if data.get("resultType") != result_type:
        return _other_type(data.get("resultType"), result_type)
    if not isinstance(data.get("result"), list):
        return "answered malformed series"
    return None


def _other_type(found: typing.Any, result_type: str) -> str:
    return f"answered a {_short(found)} instead of a {result_type}"


def _unique_keys(
    keys: collections.abc.Iterable[str],
) -> collections.abc.Iterator[str]:
    """Yield the keys; refuse a duplicate key, which would be ambiguous."""
    seen = set()
    for key in keys:
        if key in seen:
            raise json_pieces.Malformed(f"{_short(key)} comes twice")
        seen.add(key)
        yield key


def _labelled(series: typing.Any) -> Series:
    """Return a series that has labels, all of them text.

    :raises Unusable: if it has not.
    """
    labels = isinstance(series, dict) and series.get("metric")
    if not isinstance(labels, dict) or not _TEXT.issuperset(
        map(type, labels.values())
    ):
        raise Unusable("answered malformed series")
    return series


def error_of(answer: typing.Any) -> str:
    if isinstance(answer, dict) and answer.get("error"):
        kind = _short(answer.get("errorType", "error"))
        return f": {kind}: {_short(answer['error'])}"
    return ""


def _partial(warnings: typing.Any) -> str:
    """Return the warnings about an incomplete answer.

    Newer servers also put annotations of the query there ("PromQL warning:
    ..."), which do not concern completeness.
    """
    if not warnings:
        return ""
    if not isinstance(warnings, list):
        return str(warnings)
    return "; ".join(
        str(text) for text in warnings if not str(text).startswith("PromQL")
    )


def _short(value: typing.Any) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= _WORDS else f"{text[:_WORDS]}..."
