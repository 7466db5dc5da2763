# SPDX-License-Identifier: Apache-2.0
"""Client of Prometheus' HTTP API that separates "no data" from errors."""

import collections.abc
import contextlib
import urllib.parse

from oslo_config import cfg

from cloudkitty.common import exceptions
from cloudkitty.common import json_pieces
from cloudkitty.common.http import client as http_client
from cloudkitty.common.http import errors as http_errors
from cloudkitty.common.http import retries
from cloudkitty.common.prometheus import answers

#: The query was understood, and failed: it matched several series in one
#: step, or touched too many samples.
_NOT_EXECUTED = 422
#: A form was refused: a proxy may allow only GET, or small bodies.
_NO_FORM = (405, 413)
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class PrometheusError(exceptions.CloudKittyError):
    """Prometheus gave no usable answer.

    Its text names the server by host and port, never by URL: a URL may
    hold a password.

    :param divisible: a query for a shorter time or for fewer scopes may be
        answered: this answer was too large, or the query failed while it was
        evaluated.
    """

    def __init__(self, text: str, *, divisible: bool = False) -> None:
        super().__init__(text)
        self.divisible = divisible


class Queries:
    """Queries of one server with Prometheus' HTTP API; thread-safe.

    :param http: its path is ``/api/v1``.
    :param product: name of the server, for error texts.
    :param remedy: against a redirect, for error texts.
    """

    def __init__(
        self, http: retries.Asking, product: str, remedy: str
    ) -> None:
        self._http = http
        self._product = product
        self._remedy = remedy

    @property
    def server(self) -> str:
        """The server, for messages."""
        return f"{self._product} at {self._http.server}"

    def query_range(
        self,
        query: str,
        start: float,
        end: float,
        step: int,
        *,
        form: bool = False,
    ) -> "contextlib.closing[collections.abc.Generator[answers.Series]]":
        """Yield the series of ``query`` at each step, both ends included.

        The request is sent when the first series is read. An error may
        follow any series: the answer is valid only when it was read to its
        end. Use it in a ``with`` statement, whose end drops the rest.

        :param start: Unix time of the first evaluation.
        :param end: Unix time of the last evaluation.
        :param step: seconds between two evaluations.
        :param form: send it by POST, for a query too long for a URL.
        :raises PrometheusError: while it is read.
        """
        parameters: dict[str, str | float] = {
            "query": query,
            "start": _seconds(start),
            "end": _seconds(end),
            "step": step,
        }
        return contextlib.closing(
            self._ask("query_range", "matrix", parameters, form)
        )

    def query_steps(
        self, query: str, start: float, end: float, step: int
    ) -> "contextlib.closing[collections.abc.Generator[answers.Series]]":
        """Yield what ``query_range`` yields, by an instant query.

        It is a subquery, whose steps are multiples of ``step`` since the
        epoch: ``start`` and ``end`` have to be such multiples.

        :raises PrometheusError: while it is read.
        """
        # Half a second before the first step: whether the range includes its
        # begin depends on the version of the server.
        milliseconds = round((end - start) * 1000) + 500
        parameters: dict[str, str | float] = {
            # A comment at its end would hide the bracket.
            "query": f"({query}\n)[{milliseconds}ms:{step}s]",
            "time": _seconds(end),
        }
        return contextlib.closing(self._ask("query", "matrix", parameters))

    def query(
        self, query: str, time: float | None = None
    ) -> list[answers.Series]:
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
        form: bool = False,
    ) -> collections.abc.Generator[answers.Series]:
        try:
            with self._send(path, parameters, form) as answer:
                if answer.status != 200:
                    raise self._refusal(answer, form)
                reading = answers.Reading(answer.pieces(), result_type)
                try:
                    yield from reading.series()
                except answers.Unusable as err:
                    raise PrometheusError(f"{self.server} {err}") from err
        except UnicodeEncodeError as err:
            raise PrometheusError(
                "the query is not valid Unicode", divisible=True
            ) from err
        except http_errors.HTTPError as err:
            raise PrometheusError(
                f"{self.server} {err}",
                divisible=isinstance(err, http_errors.TooLarge),
            ) from None

    def _send(
        self,
        path: str,
        parameters: collections.abc.Mapping[str, str | float],
        form: bool,
    ) -> contextlib.AbstractContextManager[http_client.Answer]:
        if not form:
            return self._http.ask("GET", path, parameters=parameters)
        body = urllib.parse.urlencode(parameters)
        return self._http.ask("POST", path, body=body, headers=_FORM)

    def _refusal(
        self, answer: http_client.Answer, form: bool
    ) -> PrometheusError:
        """Return the error of an answer that is not a success."""
        text = f"{self.server} answered HTTP {answer.status}"
        target = answer.redirect()
        if target is not None:
            return PrometheusError(
                f"{text}: a redirect to {target}, which is not followed; "
                f"{self._remedy}"
            )
        try:
            said = json_pieces.Reader([answer.words()]).value()
        except json_pieces.Malformed:
            said = None
        return PrometheusError(
            f"{text}{answers.error_of(said)}",
            divisible=answer.status == _NOT_EXECUTED
            or (form and answer.status in _NO_FORM),
        )


class Client(Queries):
    """Queries of one Prometheus server; thread-safe.

    :param group: an option group that holds
        ``cloudkitty.conf.collectors.PROMETHEUS_OPTS``.
    :param name: the group's name, for error texts.
    :raises cloudkitty.common.exceptions.InvalidConfiguration: for a missing
        or invalid URL.
    """

    def __init__(self, group: cfg.ConfigOpts.GroupAttr, name: str) -> None:
        super().__init__(
            _make_http(group, f"[{name}] prometheus_url"),
            "prometheus",
            "set prometheus_url to the server's own address",
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
