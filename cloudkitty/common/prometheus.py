# SPDX-License-Identifier: Apache-2.0
"""Prometheus' HTTP API: ask, and tell "no data" from "no answer"."""

import collections.abc
import json
import typing
import urllib.parse
import urllib.request

import urllib3
from oslo_config import cfg

from cloudkitty.common import exceptions

#: Characters of a server's own words that go into an error.
_WORDS = 200
#: Connections to the server that are kept open.
_CONNECTIONS = 16


class PrometheusError(exceptions.CloudKittyError):
    """Prometheus gave no usable answer.

    Its text names the server by host and port, never by URL: a URL may
    hold a password.
    """


class Client:
    """Asks one Prometheus; may be used by several threads at once.

    :param group: an option group that holds
        ``cloudkitty.conf.collectors.PROMETHEUS_OPTS``.
    :param name: the group's name, for error texts.
    :raises cloudkitty.common.exceptions.InvalidConfiguration: for a URL
        that is missing or is none.
    """

    def __init__(self, group: cfg.ConfigOpts.GroupAttr, name: str) -> None:
        self._url, self.server = _check_url(group.prometheus_url, name)
        self._pool = _make_pool(self._url, group)

    def query_range(
        self, query: str, start: float, end: float, step: int
    ) -> list[dict[str, typing.Any]]:
        """Return the series of ``query`` at each step, both ends included.

        :param start: Unix time of the first evaluation.
        :param end: Unix time of the last evaluation.
        :param step: seconds between two evaluations.
        :raises PrometheusError: if there is no usable answer.
        """
        return self._ask(
            "query_range",
            "matrix",
            {
                "query": query,
                "start": _seconds(start),
                "end": _seconds(end),
                "step": step,
            },
        )

    def query(
        self, query: str, time: float | None = None
    ) -> list[dict[str, typing.Any]]:
        """Return the series of ``query`` at one instant.

        :param time: Unix time; None for the server's present.
        :raises PrometheusError: if there is no usable answer.
        """
        parameters: dict[str, str | float] = {"query": query}
        if time is not None:
            parameters["time"] = _seconds(time)
        return self._ask("query", "vector", parameters)

    def _ask(
        self,
        path: str,
        result_type: str,
        parameters: collections.abc.Mapping[str, str | float],
    ) -> list[dict[str, typing.Any]]:
        status, body = self._get(path, parameters)
        try:
            answer = json.loads(body)
        except (ValueError, RecursionError):
            answer = None
        cause = _what_is_wrong(status, answer, result_type)
        if cause:
            raise PrometheusError(f"prometheus at {self.server} {cause}")
        result: list[dict[str, typing.Any]] = answer["data"]["result"]
        return result

    def _get(
        self,
        path: str,
        parameters: collections.abc.Mapping[str, str | float],
    ) -> tuple[int, bytes]:
        try:
            asked = urllib.parse.urlencode(parameters)
        except UnicodeEncodeError as err:
            raise PrometheusError("the query is not valid Unicode") from err
        try:
            response = self._pool.request("GET", f"{self._url}/{path}?{asked}")
            return response.status, response.data
        except (urllib3.exceptions.HTTPError, OSError) as err:
            # Not chained: the original's text shows the whole URL.
            raise PrometheusError(
                f"prometheus at {self.server} {_transport_cause(err)}"
            ) from None


def _make_pool(
    url: str, group: cfg.ConfigOpts.GroupAttr
) -> urllib3.PoolManager:
    """Return the connections to the server, for all threads.

    They go through the proxy that the environment names, if it names one.
    """
    verify = bool(group.cafile) or not group.insecure
    options: dict[str, typing.Any] = {
        # As many as there may be threads; more are closed after their use.
        "maxsize": _CONNECTIONS,
        # Redirects are answers, and a failure is for the caller to repeat.
        "retries": False,
        # 0 waits without limit, which urllib3 calls None.
        "timeout": group.timeout or None,
        "headers": _credentials(url, group),
        "cert_reqs": "CERT_REQUIRED" if verify else "CERT_NONE",
        "ca_certs": group.cafile or None,
    }
    parts = urllib.parse.urlsplit(url)
    proxy = urllib.request.getproxies().get(parts.scheme)
    if proxy and not urllib.request.proxy_bypass(parts.hostname or ""):
        return urllib3.ProxyManager(proxy, **options)
    return urllib3.PoolManager(**options)


def _credentials(url: str, group: cfg.ConfigOpts.GroupAttr) -> dict[str, str]:
    """Return the header of HTTP's basic authentication, if there is any."""
    user, password = group.prometheus_user, group.prometheus_password
    if not (user and password):
        parts = urllib.parse.urlsplit(url)
        user = urllib.parse.unquote(parts.username or "")
        password = urllib.parse.unquote(parts.password or "")
    if not (user and password):
        return {}
    return dict(urllib3.make_headers(basic_auth=f"{user}:{password}"))


def _check_url(url: str | None, group: str) -> tuple[str, str]:
    """Return the base URL and ``host:port`` of it."""
    option = f"[{group}] prometheus_url"
    if not url:
        raise exceptions.InvalidConfiguration(f"{option} is not set")
    try:
        parts = urllib.parse.urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
        parts = urllib.parse.urlsplit("")
    if parts.scheme not in ("http", "https") or not host:
        raise exceptions.InvalidConfiguration(
            f"{option} is not a URL such as http://127.0.0.1:9090/api/v1"
        )
    return url.rstrip("/"), f"{host}:{port}" if port else host


def _seconds(at: float) -> float:
    """Return a Unix time as it is best read in a server's log."""
    return int(at) if at == int(at) else at


def _what_is_wrong(
    status: int, answer: typing.Any, result_type: str
) -> str | None:
    """Return what makes an answer unusable, or None."""
    said = _error_of(answer)
    if status != 200:
        return f"answered HTTP {status}{said}"
    if not isinstance(answer, dict):
        return "answered something that is not a JSON object"
    if answer.get("status") != "success":
        return f"answered status {_short(answer.get('status'))}{said}"
    warnings = _partial(answer.get("warnings"))
    if warnings:
        return f"answered in part only: {_short(warnings)}"
    data = answer.get("data")
    if not isinstance(data, dict):
        return "answered without data"
    if data.get("resultType") != result_type:
        return (
            f"answered a {_short(data.get('resultType'))} instead of a "
            f"{result_type}"
        )
    result = data.get("result")
    if not isinstance(result, list) or not all(map(_labelled, result)):
        return "answered malformed series"
    return None


def _labelled(series: typing.Any) -> bool:
    """Tell whether a series has labels, all of them text."""
    labels = isinstance(series, dict) and series.get("metric")
    return isinstance(labels, dict) and all(
        isinstance(value, str) for value in labels.values()
    )


def _error_of(answer: typing.Any) -> str:
    if isinstance(answer, dict) and answer.get("error"):
        kind = _short(answer.get("errorType", "error"))
        return f": {kind}: {_short(answer['error'])}"
    return ""


def _partial(warnings: typing.Any) -> str:
    """Return the warnings that say that the answer is not whole.

    Newer servers annotate queries there too ("PromQL warning: ..."), which
    says nothing about the answer's wholeness.
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


def _transport_cause(err: BaseException) -> str:
    kinds = urllib3.exceptions
    if isinstance(err, kinds.ProxyError):
        return "cannot be reached through the proxy"
    # A connection that was refused is a kind of timeout there.
    if not isinstance(err, kinds.NewConnectionError):
        if isinstance(err, kinds.ConnectTimeoutError):
            return "cannot be reached: timed out"
        if isinstance(err, kinds.TimeoutError):
            return "did not answer in time"
        if isinstance(err, kinds.SSLError):
            return "cannot be reached: TLS failed"
    reason = _os_reason(err)
    if reason:
        return f"cannot be reached: {reason}"
    if isinstance(err, kinds.ProtocolError):
        return "broke its answer off"
    return f"cannot be asked: {type(err).__name__}"


def _os_reason(err: BaseException | None) -> str | None:
    """Return the operating system's words for a failed connection."""
    seen: set[int] = set()
    while err is not None and id(err) not in seen:
        seen.add(id(err))
        if isinstance(err, OSError) and err.strerror:
            return str(err.strerror)
        inner = (arg for arg in err.args if isinstance(arg, BaseException))
        err = next(inner, None) or err.__cause__ or err.__context__
    return None
