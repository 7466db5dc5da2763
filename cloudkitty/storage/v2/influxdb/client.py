# SPDX-License-Identifier: Apache-2.0
"""Requests to one InfluxDB 1.x server.

https://docs.influxdata.com/influxdb/v1/tools/api/
"""

import collections.abc
import itertools
import re
import sys
import typing
import urllib.parse

from oslo_config import cfg

from cloudkitty.common import exceptions
from cloudkitty.common.http import client as http_client
from cloudkitty.common.http import errors as http_errors
from cloudkitty.storage import base
from cloudkitty.storage.v2.influxdb import answers

GROUP = "storage_influxdb"
#: Rows that the server sends at once.
ROWS = 5000
#: Points of one write, as upstream's.
BATCH = 500
_HOST = re.compile(r"[\w.:-]+")
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_TEXT = {"Content-Type": "text/plain; charset=utf-8"}
#: Statuses with which the server refuses the user.
_UNAUTHORIZED = (401, 403)

T = typing.TypeVar("T")


def batches(
    items: collections.abc.Iterable[T], size: int
) -> collections.abc.Iterator[list[T]]:
    """Yield lists of ``size`` items; the last one may be shorter."""
    rest = iter(items)
    while batch := list(itertools.islice(rest, size)):
        yield batch


class Client:
    """Client of the server of ``[storage_influxdb]``; thread-safe.

    :raises cloudkitty.common.exceptions.InvalidConfiguration: for invalid
        options.
    """

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        group = conf[GROUP]
        if not group.database:
            raise exceptions.InvalidConfiguration(
                f"[{GROUP}] database is not set"
            )
        self.database: str = group.database
        self.policy: str = group.retention_policy
        self._http = _make_http(group)
        self.server = self._http.server

    def write(self, lines: collections.abc.Sequence[str]) -> None:
        """Write points in one request.

        :param lines: of the line protocol.
        :raises cloudkitty.storage.base.StorageError: if not all are written.
        """
        parameters = {"db": self.database, "rp": self.policy}
        body = "\n".join(lines).encode()
        try:
            with self._http.ask(
                "POST",
                "write",
                parameters=parameters,
                body=body,
                headers=_TEXT,
            ) as answer:
                self._check(answer)
        except http_errors.HTTPError as error:
            raise self._failed(error) from None

    def query(
        self, *statements: str
    ) -> collections.abc.Iterator[answers.Series]:
        """Yield the answers to statements while the server sends them.

        An error may follow any series: an answer is valid only when it was
        read to its end.

        :raises cloudkitty.storage.base.StorageError: while it is read.
        """
        body = urllib.parse.urlencode(
            {
                "db": self.database,
                "q": ";".join(statements),
                "epoch": "ns",
                "chunked": "true",
                "chunk_size": ROWS,
            }
        )
        try:
            with self._http.ask(
                "POST", "query", body=body.encode(), headers=_FORM
            ) as answer:
                self._check(answer)
                yield from answers.read(answer.pieces())
        except http_errors.HTTPError as error:
            raise self._failed(error) from None
        except answers.Malformed:
            raise base.StorageError(
                f"influxdb at {self.server} sent a malformed answer"
            ) from None

    def execute(self, *statements: str) -> None:
        """Execute statements that have no rows.

        :raises cloudkitty.storage.base.StorageError: if one failed.
        """
        for _ in self.query(*statements):
            pass

    def _check(self, answer: http_client.Answer) -> None:
        if 200 <= answer.status < 300:
            return
        text = f"influxdb at {self.server} answered HTTP {answer.status}"
        target = answer.redirect()
        if target is not None:
            raise base.StorageError(
                f"{text}: a redirect to {target}, which is not followed"
            )
        if answer.status in _UNAUTHORIZED:
            raise base.StorageError(
                f"{text}: check [{GROUP}] username and password, and the "
                "user's rights"
            )
        if answer.status >= 500:
            raise base.StorageError(text)
        raise answers.refusal_of(answer.words())

    def _failed(self, error: http_errors.HTTPError) -> base.StorageError:
        return base.StorageError(f"influxdb at {self.server} {error}")


def _make_http(group: cfg.ConfigOpts.GroupAttr) -> http_client.Client:
    scheme = "https" if group.use_ssl else "http"
    if not _HOST.fullmatch(group.host):
        raise exceptions.InvalidConfiguration(
            f"[{GROUP}] host is not the name of a host"
        )
    host = f"[{group.host}]" if ":" in group.host else group.host
    try:
        return http_client.Client(
            f"{scheme}://{host}:{group.port}",
            # An answer may have any length; the length of a line is limited.
            http_client.Limits(group.timeout, sys.maxsize),
            user=group.username,
            password=group.password,
            cafile=None if group.insecure else group.cafile,
            insecure=group.insecure,
        )
    except ValueError:
        raise exceptions.InvalidConfiguration(
            f"[{GROUP}] host is not the name of a host"
        ) from None
