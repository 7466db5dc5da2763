# SPDX-License-Identifier: Apache-2.0
"""Client of Prometheus' HTTP API that separates "no data" from errors."""

import collections.abc
import contextlib
import typing

from oslo_config import cfg

from cloudkitty.common import exceptions
from cloudkitty.common import json_pieces
from cloudkitty.common.http import client as http_client
from cloudkitty.common.http import errors as http_errors

#: Characters of a server's own text that go into an error.
_WORDS = 200
#: The query was understood, and failed: it matched several series in one
#: step, or touched too many samples.
_NOT_EXECUTED = 422

Series = dict[str, typing.Any]


class PrometheusError(exceptions.CloudKittyError):
    """Prometheus gave no usable answer.

    Its text names the server by host and port, never by URL: a URL may
    hold a password.

    :param divisible: a query for a shorter time may be answered: this answer
        was too large, or the query failed while it was evaluated.
    """

    def __init__(self, text: str, *, divisible: bool = False) -> None:
        super().__init__(text)
        self.divisible = divisible


class Client:
    """Client of one Prometheus server; thread-safe.

    :param group: an option group that holds
        ``cloudkitty.conf.collectors.PROMETHEUS_OPTS``.
    :param name: the group's name, for error texts.
    :raises cloudkitty.common.exceptions.InvalidConfiguration: for a missing
        or invalid URL.
    """

    def __init__(self, group: cfg.ConfigOpts.GroupAttr, name: str) -> None:
        self._http = _make_http(group, f"[{name}] prometheus_url")
        self.server = self._http.server

    def query_range(
        self, query: str, start: float, end: float, step: int
    ) -> "contextlib.closing[collections.abc.Generator[Series]]":
        """Yield the series of ``query`` at each step, both ends included.

        The request is sent when the first series is read. An error may
        follow any series: the answer is valid only when it was read to its
        end. Use it in a ``with`` statement, whose end drops the rest.

        :param start: Unix time of the first evaluation.
        :param end: Unix time of the last evaluation.
        :param step: seconds between two evaluations.
        :raises PrometheusError: while it is read.
        """
        parameters: dict[str, str | float] = {
            "query": query,
            "start": _seconds(start),
            "end": _seconds(end),
            "step": step,
        }
        return contextlib.closing(
            self._ask("query_range", "matrix", parameters)
        )

    def query(self, query: str, time: float | None = None) -> list[Series]:
        """Return the series of ``query`` at one instant.

        :param time: Unix time; None for the server's present.
        :raises PrometheusError: if there is no usable answer.
        """
        parameters: dict[str, str | float] = {"query": query}
        if time is not None:
            parameters["time"] = _seconds(time)
        return list(self._ask("query", "vector", parameters))

    def _ask(
        self,
        path: str,
        result_type: str,
        parameters: collections.abc.Mapping[str, str | float],
    ) -> collections.abc.Generator[Series]:
        try:
            with self._http.ask("GET", path, parameters=parameters) as answer:
                if answer.status != 200:
                    raise self._refusal(answer)
                reading = _Reading(answer.pieces(), result_type)
                try:
                    yield from reading.series()
                except _UnusableError as err:
                    raise PrometheusError(
                        f"prometheus at {self.server} {err}"
                    ) from err
        except UnicodeEncodeError as err:
            raise PrometheusError("the query is not valid Unicode") from err
        except http_errors.HTTPError as err:
            raise PrometheusError(
                f"prometheus at {self.server} {err}",
                divisible=isinstance(err, http_errors.TooLarge),
            ) from None

    def _refusal(self, answer: http_client.Answer) -> PrometheusError:
        """Return the error of an answer that is not a success."""
        text = f"prometheus at {self.server} answered HTTP {answer.status}"
        target = answer.redirect()
        if target is not None:
            return PrometheusError(
                f"{text}: a redirect to {target}, which is not followed; set "
                "prometheus_url to the server's own address"
            )
        try:
            said = json_pieces.Reader([answer.words()]).value()
        except json_pieces.Malformed:
            said = None
        return PrometheusError(
            f"{text}{_error_of(said)}",
            divisible=answer.status == _NOT_EXECUTED,
        )


def _make_http(
    group: cfg.ConfigOpts.GroupAttr, option: str
) -> http_client.Client:
    if not group.prometheus_url:
        raise exceptions.InvalidConfiguration(f"{option} is not set")
    try:
        return http_client.Client(
            group.prometheus_url,
            http_client.Limits(group.timeout, group.max_response_size),
            user=group.prometheus_user,
            password=group.prometheus_password,
            cafile=group.cafile,
            insecure=group.insecure,
        )
    except ValueError as err:
        raise exceptions.InvalidConfiguration(
            f"{option} is not a URL such as http://127.0.0.1:9090/api/v1"
        ) from err


def _seconds(at: float) -> float:
    """Return a Unix time in the most readable form for a server's log."""
    return int(at) if at == int(at) else at


class _UnusableError(Exception):
    """The answer is unusable; the text is a predicate of the server."""


class _Reading:
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

        :raises _UnusableError: for any other answer.
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
            raise _UnusableError(
                f"answered something that is not a JSON object ({err})"
            ) from err
        cause = _unusable_reason(self._top, self._result_type)
        if cause:
            raise _UnusableError(cause)

    def _read_data(self) -> collections.abc.Iterator[Series]:
        for key in _unique_keys(self._reader.keys()):
            if key == "result" and self._reader.peek() == "[":
                # Judged in the end too, if the type comes behind.
                self._data[key] = []
                known = self._data.get("resultType", self._result_type)
                if known != self._result_type:
                    raise _UnusableError(_other_type(known, self._result_type))
                yield from map(_labelled, self._reader.items())
            else:
                self._data[key] = self._reader.value()


def _unusable_reason(answer: typing.Any, result_type: str) -> str | None:
    """Return why an answer is unusable; None if it is usable."""
    if answer.get("status") != "success":
        return (
            f"answered status {_short(answer.get('status'))}"
            f"{_error_of(answer)}"
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

    :raises _UnusableError: if it has not.
    """
    labels = isinstance(series, dict) and series.get("metric")
    if not isinstance(labels, dict) or not all(
        isinstance(value, str) for value in labels.values()
    ):
        raise _UnusableError("answered malformed series")
    return series


def _error_of(answer: typing.Any) -> str:
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
