# SPDX-License-Identifier: Apache-2.0
"""Query a service of the catalog with a token."""

import collections.abc
import contextlib
import threading
import typing

from oslo_config import cfg

from cloudkitty.common.http import client as http_client
from cloudkitty.common.http import errors
from cloudkitty.common.keystone import credentials

#: HTTP status of a token that has expired or was revoked.
_NO_VALID_TOKEN = 401


class Client:
    """HTTP client of one service; thread-safe.

    It has ``ask`` and ``server`` of ``cloudkitty.common.http.client.Client``,
    by which each exchange is done.

    :param find: returns the URL of the service; called until it succeeds.
    :param path: appended to that URL.
    :param limits: of one exchange with the service.
    :param group: holds ``cloudkitty.conf.keystone.SESSION_OPTS``.
    :param kept: connections that are kept open; None for the usual number.
    """

    def __init__(
        self,
        user: credentials.Credentials,
        find: collections.abc.Callable[[], str],
        limits: http_client.Limits,
        group: cfg.ConfigOpts.GroupAttr,
        *,
        path: str = "",
        kept: int | None = None,
    ) -> None:
        self._user = user
        self._find = find
        self._path = path
        self._limits = limits
        self._options: dict[str, typing.Any] = {
            "cafile": group.cafile,
            "insecure": group.insecure,
            "certfile": group.certfile,
            "keyfile": group.keyfile,
        }
        if kept is not None:
            self._options["kept"] = kept
        self._lock = threading.Lock()
        self._http: http_client.Client | None = None

    @property
    def server(self) -> str:
        """``host:port``, once the catalog was read; for messages."""
        return self._http.server if self._http else "an unknown endpoint"

    @contextlib.contextmanager
    def ask(
        self, method: str, path: str, **sent: typing.Any
    ) -> collections.abc.Iterator[http_client.Answer]:
        """Send a request with a token, and give the answer.

        A token that the server refuses is renewed once.

        :param sent: as in ``cloudkitty.common.http.client.Client.ask``.
        :raises errors.HTTPError: if there is no answer, no token or no
            endpoint.
        """
        http = self._opened()
        more = sent.pop("headers", {})
        token = self._user.headers()
        with http.ask(method, path, headers=token | more, **sent) as answer:
            if answer.status != _NO_VALID_TOKEN:
                yield answer
                return
        self._user.renew(token)
        token = self._user.headers()
        with http.ask(method, path, headers=token | more, **sent) as answer:
            yield answer

    def _opened(self) -> http_client.Client:
        """Return the client of the service's URL.

        :raises errors.HTTPError: if there is no valid URL.
        """
        # Not under the lock: two threads may look into the catalog at once.
        http = self._http
        if http is not None:
            return http
        url = self._find().rstrip("/") + self._path
        with self._lock:
            if self._http is None:
                try:
                    self._http = http_client.Client(
                        url, self._limits, **self._options
                    )
                except ValueError:
                    raise errors.HTTPError(
                        "has no valid URL in the service catalog"
                    ) from None
            return self._http
