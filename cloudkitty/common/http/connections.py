# SPDX-License-Identifier: Apache-2.0
"""``urllib3``'s connections, under the deadline of their exchange."""

import socket
import typing
import urllib.parse
import urllib.request

import urllib3

from cloudkitty.common.http import exchange

#: Connections to one server that are kept open: as many as there may be
#: threads. More are closed after their use.
KEPT = 16


class _Watched(urllib3.connection.HTTPConnection):
    """Names its socket to the exchange that uses it."""

    def _new_conn(self) -> socket.socket:
        """Connect to the first address of the server that accepts.

        ``urllib3`` gives each address the whole time limit. Only the
        resolver cannot be interrupted: it has time limits of its own
        (``resolv.conf``).
        """
        try:
            found = socket.getaddrinfo(
                self._dns_host, self.port, type=socket.SOCK_STREAM
            )
        except (OSError, UnicodeError) as err:
            raise urllib3.exceptions.NewConnectionError(
                self, f"name resolution failed: {err}"
            ) from err
        failure: OSError = OSError("the name has no address")
        for family, kind, protocol, _name, address in found:
            sock = socket.socket(family, kind, protocol)
            try:
                _connect(sock, address, self.socket_options or ())
                return sock
            except OSError as err:
                failure = err
                sock.close()
        if isinstance(failure, TimeoutError):
            raise urllib3.exceptions.ConnectTimeoutError(
                self, "timed out"
            ) from failure
        raise urllib3.exceptions.NewConnectionError(
            self, f"no connection: {failure}"
        ) from failure

    def request(self, *args: typing.Any, **options: typing.Any) -> None:
        """Send a request, perhaps on a kept-alive connection."""
        user = exchange.current.get()
        if user is not None and self.sock is not None:
            user.attach(self.sock.fileno())
        super().request(*args, **options)


def _connect(
    sock: socket.socket,
    address: typing.Any,
    options: typing.Iterable[tuple[typing.Any, ...]],
) -> None:
    user = exchange.current.get()
    for option in options:
        sock.setsockopt(*option)
    if user is not None:
        sock.settimeout(user.remaining())
        user.attach(sock.fileno())
    sock.connect(address)
    if user is not None:
        sock.settimeout(user.remaining())


class _Secure(_Watched, urllib3.connection.HTTPSConnection):
    """A watched connection with TLS."""


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Watched


class _SecurePool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _Secure


def make_pool(
    url: str,
    *,
    headers: dict[str, str],
    cafile: str | None,
    insecure: bool,
    certfile: str | None = None,
    keyfile: str | None = None,
    kept: int = KEPT,
) -> urllib3.PoolManager:
    """Return the connections to a server, for all threads.

    They go through the proxy that the environment names, if it names one.
    """
    verify = bool(cafile) or not insecure
    options: dict[str, typing.Any] = {
        "maxsize": kept,
        # The caller decides whether to retry.
        "retries": False,
        "headers": headers,
        "cert_reqs": "CERT_REQUIRED" if verify else "CERT_NONE",
        "ca_certs": cafile or None,
        "cert_file": certfile or None,
        "key_file": keyfile or None,
    }
    parts = urllib.parse.urlsplit(url)
    proxy = urllib.request.getproxies().get(parts.scheme)
    pool: urllib3.PoolManager
    if proxy and not urllib.request.proxy_bypass(parts.hostname or ""):
        pool = urllib3.ProxyManager(proxy, **options)
    else:
        pool = urllib3.PoolManager(**options)
    pool.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
    return pool
