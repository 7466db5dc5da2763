# SPDX-License-Identifier: Apache-2.0
"""Client of Gnocchi that separates "no data" from errors."""

import collections.abc
import re
import typing
import urllib.parse

import urllib3
from oslo_config import cfg

from cloudkitty.common import exceptions
from cloudkitty.common.http import client as http_client
from cloudkitty.common.http import errors
from cloudkitty.common.http import lists
from cloudkitty.common.http import retries
from cloudkitty.common.keystone import client as keystone_client
from cloudkitty.common.keystone import credentials

#: Type of Gnocchi in the service catalog.
SERVICE_TYPE = "metric"
_VERSION = "/v1"
#: Gnocchi's text where no resource that is asked for has the metric.
_NO_METRIC = re.compile(r"Metrics? .* do(es)? not exist", re.DOTALL)
#: The cause in the error of older versions.
_NO_METRIC_CAUSE = "Metrics not found"

Item = dict[str, typing.Any]


class GnocchiError(exceptions.CloudKittyError):
    """Gnocchi gave no usable answer.

    Its text names the server by host and port, never by URL.

    :param status: HTTP status of an answer that is an error, or None.
    :param divisible: a request for less may be answered: this answer was
        too large.
    """

    def __init__(
        self,
        text: str,
        *,
        status: int | None = None,
        divisible: bool = False,
    ) -> None:
        super().__init__(text)
        self.status = status
        self.divisible = divisible


class NoMetric(GnocchiError):
    """No resource that is asked for has the metric: there is no data."""


class Client:
    """Client of one Gnocchi; thread-safe.

    :param group: name of an option group that holds
        ``cloudkitty.conf.gnocchi.OPTS``.
    :param seconds: limit of one exchange if ``timeout`` is not set.
    :raises cloudkitty.common.exceptions.InvalidConfiguration: for missing
        or invalid options.
    """

    def __init__(
        self, conf: cfg.ConfigOpts, group: str, seconds: float
    ) -> None:
        options = conf[group]
        limits = http_client.Limits(
            options.timeout or seconds, options.max_response_size
        )
        self._http: retries.Asking
        if options.gnocchi_auth_type == "basic":
            self._http = _make_basic(group, options, limits)
        else:
            self._http = _make_keystone(conf, group, limits)

    @property
    def server(self) -> str:
        """The server, for messages."""
        return f"gnocchi at {self._http.server}"

    def post(
        self,
        path: str,
        body: Item,
        parameters: collections.abc.Sequence[tuple[str, str]] = (),
    ) -> collections.abc.Iterator[Item]:
        """Yield the items of the list that a request is answered with.

        The request is sent when the first item is read. An error may follow
        any item: the answer is valid only when it was read to its end.

        :param path: behind ``/v1/``.
        :param parameters: of the query; a name may occur several times.
        :raises NoMetric: if there is no data.
        :raises GnocchiError: if there is no usable answer.
        """
        if parameters:
            path = f"{path}?{urllib.parse.urlencode(parameters)}"
        headers = {"Accept": "application/json"}
        try:
            with retries.ask(
                self._http, "POST", path, json=body, headers=headers
            ) as answer:
                if answer.status != 200:
                    raise self._refusal(answer)
                yield from lists.items(answer)
        except errors.HTTPError as err:
            raise GnocchiError(
                f"{self.server} {err}",
                divisible=isinstance(err, errors.TooLarge),
            ) from None

    def _refusal(self, answer: http_client.Answer) -> GnocchiError:
        """Return the error of an answer that is not a success."""
        text = f"{self.server} answered HTTP {answer.status}"
        target = answer.redirect()
        if target is not None:
            return GnocchiError(
                f"{text}: a redirect to {target}, which is not followed",
                status=answer.status,
            )
        said = lists.error(answer)
        if said:
            text = f"{text}: {lists.words(said)}"
        kind = NoMetric if _is_no_metric(answer.status, said) else GnocchiError
        return kind(text, status=answer.status)


def _is_no_metric(status: int, said: typing.Any) -> bool:
    """Return whether an error means that no data exist.

    A metric that exists without the aggregation method is an error: it has
    another status text, and nothing would be rated for ever.
    """
    if isinstance(said, dict):
        return status in (400, 404) and said.get("cause") == _NO_METRIC_CAUSE
    return status == 404 and bool(_NO_METRIC.fullmatch(str(said or "")))


def _make_basic(
    group: str,
    options: cfg.ConfigOpts.GroupAttr,
    limits: http_client.Limits,
) -> http_client.Client:
    for name in ("gnocchi_user", "gnocchi_endpoint"):
        if not options[name]:
            raise exceptions.InvalidConfiguration(
                f"[{group}] {name} is not set; gnocchi_auth_type = basic "
                "needs it"
            )
    # urllib3 encodes them in Latin-1.
    user = options.gnocchi_user.encode().decode("latin-1")
    try:
        return http_client.Client(
            options.gnocchi_endpoint.rstrip("/") + _VERSION,
            limits,
            headers=urllib3.make_headers(basic_auth=f"{user}:"),
            cafile=options.cafile,
            insecure=options.insecure,
            certfile=options.certfile,
            keyfile=options.keyfile,
            kept=options.http_pool_maxsize,
        )
    except ValueError as err:
        raise exceptions.InvalidConfiguration(
            f"[{group}] gnocchi_endpoint is not a URL such as "
            "http://127.0.0.1:8041"
        ) from err


def _make_keystone(
    conf: cfg.ConfigOpts, group: str, limits: http_client.Limits
) -> keystone_client.Client:
    options = conf[group]
    user = credentials.Credentials(conf, group, limits.seconds)
    return keystone_client.Client(
        user,
        lambda: user.endpoint(
            SERVICE_TYPE, options.interface, options.region_name
        ),
        limits,
        options,
        path=_VERSION,
        kept=options.http_pool_maxsize,
    )
