# SPDX-License-Identifier: Apache-2.0
"""Call a v2 storage of CloudKitty 25.

Its interface has no replacement: points are deleted, then pushed. A reader
may see the gap in between. After a crash the caller repeats the window. Points
that would be kept could not be repeated, so such a call is refused.
"""

import collections.abc
import datetime
import functools
import typing

from oslo_config import cfg
from sqlalchemy import orm

from cloudkitty import dataframe
from cloudkitty.common import exceptions
from cloudkitty.common import periods
from cloudkitty.common import scopes
from cloudkitty.compat import convert
from cloudkitty.compat import process
from cloudkitty.compat import storage
from cloudkitty.compat import storage_reader
from cloudkitty.db import facade
from cloudkitty.storage import base
from cloudkitty.storage import checks


class StorageAdapter(base.Storage):
    """Calls a v2 storage of upstream.

    :raises cloudkitty.common.exceptions.InvalidConfiguration: if the plugin
        cannot be constructed.
    """

    plugin_class: typing.ClassVar[type[storage.BaseStorage]]

    def __init__(
        self, conf: cfg.ConfigOpts, database: facade.Database
    ) -> None:
        super().__init__(conf, database)
        process.use(conf)
        self._scope_key: str = conf.collect.scope_key
        period: int = conf.collect.period
        try:
            self._plugin = self.plugin_class(period=period)
        # A plugin may raise anything.
        except Exception as error:
            raise exceptions.InvalidConfiguration(
                f"[storage] backend = {conf.storage.backend}: "
                f"{type(error).__name__}: {error}"
            ) from error
        self._reader = storage_reader.Reader(
            self._plugin, conf.storage.backend, period
        )

    def init(self) -> None:
        self._reader.call("init", self._plugin.init)

    def close(self) -> None:
        process.release()

    def replace(
        self,
        scope: scopes.Scope,
        window: periods.Window,
        frames: collections.abc.Iterable[dataframe.DataFrame],
        *,
        metrics: collections.abc.Collection[str] | None = None,
        transaction: orm.Session | None = None,
        fence: base.Fence | None = None,
    ) -> None:
        """Delete the points of the window, then push the frames.

        :raises cloudkitty.storage.base.StorageError: also if stored points of
            other metrics than ``metrics`` would be deleted; nothing has
            changed then.
        """
        checks.require_scope(scope)
        checks.require_no_transaction(transaction)
        frames = list(frames)
        checks.check_frames(frames, window, metrics)
        check_claim = fence or checks.no_fence
        check_claim()
        self._delete(scope, window, metrics)
        check_claim()
        self._push(scope, frames)

    def add(self, frames: base.NewFrames) -> None:
        for scope in frames:
            checks.require_scope(scope)
        for several in frames.values():
            outgoing = [convert.outgoing(frame) for frame in several]
            self._reader.call(
                "push", functools.partial(self._plugin.push, outgoing)
            )

    def delete(
        self,
        scope: scopes.Scope,
        window: periods.Window,
        *,
        metrics: collections.abc.Collection[str] | None = None,
    ) -> None:
        checks.require_scope(scope)
        self._delete(scope, window, metrics)

    def retrieve(self, query: base.Query) -> base.Frames:
        return self._reader.retrieve(query)

    def total(
        self,
        query: base.Query,
        groupby: collections.abc.Sequence[str] = (),
        *,
        transaction: orm.Session | None = None,
    ) -> base.Totals:
        checks.require_no_transaction(transaction)
        return self._reader.total(query, groupby)

    def count(self, query: base.Query) -> list[base.Count]:
        return self._reader.count(query)

    def _delete(
        self,
        scope: scopes.Scope,
        window: periods.Window,
        metrics: collections.abc.Collection[str] | None,
    ) -> None:
        filters = {self._scope_key: scope.identifier}
        stored = {
            one.metric
            for one in self.count(
                base.Query(
                    window=window,
                    filters={self._scope_key: [scope.identifier]},
                )
            )
        }
        kept = stored if metrics is not None else set()
        kept = kept - set(metrics or ())
        if kept and kept != stored:
            raise base.StorageError(
                f"the storage {self.conf.storage.backend} cannot replace "
                f"single metrics: {', '.join(sorted(kept))} would be deleted "
                "too"
            )
        if stored and not kept:
            self._reader.call(
                "delete",
                lambda: self._plugin.delete(
                    begin=_naive(window.begin),
                    end=_naive(window.end),
                    filters=filters,
                ),
            )

    def _push(
        self,
        scope: scopes.Scope,
        frames: collections.abc.Iterable[dataframe.DataFrame],
    ) -> None:
        for frame in frames:
            if len(frame):
                one = [convert.outgoing(frame)]
                self._reader.call(
                    "push",
                    functools.partial(
                        self._plugin.push, one, scope.identifier
                    ),
                )


def _naive(at: datetime.datetime) -> datetime.datetime:
    return at.astimezone(datetime.UTC).replace(tzinfo=None)


@functools.cache
def make(plugin: type[storage.BaseStorage]) -> type[StorageAdapter]:
    """Return the storage of this service that calls ``plugin``."""
    return type(
        f"{plugin.__name__}Adapter",
        (StorageAdapter,),
        {"plugin_class": plugin},
    )
