# SPDX-License-Identifier: Apache-2.0
"""The storages that keep rated points in OpenSearch and Elasticsearch."""

import collections.abc
import typing

from oslo_config import cfg

from cloudkitty import dataframe
from cloudkitty.common import periods
from cloudkitty.common import scopes
from cloudkitty.storage import base
from cloudkitty.storage import checks as storage_checks
from cloudkitty.storage.v2.opensearch import documents
from cloudkitty.storage.v2.opensearch import fields
from cloudkitty.storage.v2.opensearch import index
from cloudkitty.storage.v2.opensearch import product as products
from cloudkitty.storage.v2.opensearch import replace
from cloudkitty.storage.v2.opensearch import retrieve
from cloudkitty.storage.v2.opensearch import server as servers
from cloudkitty.storage.v2.opensearch import totals
from cloudkitty.storage.v2.opensearch import versions

if typing.TYPE_CHECKING:
    from sqlalchemy import orm

    from cloudkitty.db import facade

#: Seconds between two requests for one point in time, if the option is 0.
_KEEP_ALIVE = 60


class OpenSearchStorage(base.Storage):
    """Rated points as documents of upstream's form.

    :cvar product: the differences to the other product.
    :raises cloudkitty.common.exceptions.InvalidConfiguration: for an invalid
        option.
    """

    product: typing.ClassVar[products.Product] = products.OPENSEARCH

    def __init__(
        self, conf: cfg.ConfigOpts, database: "facade.Database"
    ) -> None:
        super().__init__(conf, database)
        options = conf[self.product.group]
        self._scope_key: str = conf.collect.scope_key
        self._seconds: int = options.scroll_duration or _KEEP_ALIVE
        self._server = servers.Server(conf, self.product)
        self._target = replace.Target(
            server=self._server,
            versions=versions.Versions(),
            stream=options.use_datastream,
        )

    def init(self) -> None:
        index.create(self._server, stream=self._target.stream)
        self.check()

    def check(self) -> None:
        known = index.check(self._server, stream=self._target.stream)
        index.warn_of_coarse_sums(self._server, known)

    def check_init(self) -> None:
        try:
            self.check()
        except index.Unprepared:
            # The server has answered.
            return

    def replace(
        self,
        scope: scopes.Scope,
        window: periods.Window,
        frames: collections.abc.Iterable[dataframe.DataFrame],
        *,
        metrics: collections.abc.Collection[str] | None = None,
        transaction: "orm.Session | None" = None,
        fence: base.Fence | None = None,
    ) -> None:
        """Replace the points; see ``cloudkitty.storage.base.Storage``.

        :param fence: called directly before each request that writes; an
            error that it raises ends the replacement.
        """
        storage_checks.require_no_transaction(transaction)
        documents.check_scope(scope)
        frames = list(frames)
        storage_checks.check_frames(frames, window, metrics)
        documents.check_points(frames)
        replace.replace(
            self._target,
            scope,
            window,
            frames,
            metrics,
            fence or storage_checks.no_fence,
        )

    def add(self, frames: base.NewFrames) -> None:
        for scope, of_scope in frames.items():
            documents.check_scope(scope)
            documents.check_points(of_scope)
        if any(len(frame) for each in frames.values() for frame in each):
            replace.add(self._target, frames)

    def delete(
        self,
        scope: scopes.Scope,
        window: periods.Window,
        *,
        metrics: collections.abc.Collection[str] | None = None,
    ) -> None:
        documents.check_scope(scope)
        replace.delete(self._target, scope, window, metrics)

    def retrieve(self, query: base.Query) -> base.Frames:
        return retrieve.retrieve(
            self._server, self._fields(), query, self._scope_key, self._seconds
        )

    def total(
        self,
        query: base.Query,
        groupby: collections.abc.Sequence[str] = (),
        *,
        transaction: "orm.Session | None" = None,
    ) -> base.Totals:
        storage_checks.require_no_transaction(transaction)
        return totals.total(
            self._server,
            self._fields(),
            query,
            groupby,
            self._scope_key,
            self._seconds,
        )

    def scope_ids(self) -> list[str]:
        return totals.scope_ids(self._server, self._fields(), self._scope_key)

    def empty(self) -> bool:
        return not index.has_points(self._server)

    def _fields(self) -> fields.Fields:
        """Return the fields at this moment: writers create new ones."""
        return index.read(self._server)


class ElasticsearchStorage(OpenSearchStorage):
    """The same in Elasticsearch."""

    product = products.ELASTICSEARCH
