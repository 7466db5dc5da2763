# SPDX-License-Identifier: Apache-2.0
"""The storage that keeps rated points in InfluxDB 1.x."""

import collections.abc
import contextlib

from oslo_config import cfg
from sqlalchemy import orm

from cloudkitty import dataframe
from cloudkitty.common import exceptions
from cloudkitty.common import periods
from cloudkitty.common import scopes
from cloudkitty.db import facade
from cloudkitty.storage import base
from cloudkitty.storage import checks as storage_checks
from cloudkitty.storage import custom_fields
from cloudkitty.storage.v2.influxdb import add
from cloudkitty.storage.v2.influxdb import client as influx_client
from cloudkitty.storage.v2.influxdb import limits
from cloudkitty.storage.v2.influxdb import read
from cloudkitty.storage.v2.influxdb import replace as replacing
from cloudkitty.storage.v2.influxdb import schema
from cloudkitty.storage.v2.influxdb import totals


class InfluxDBStorage(base.Storage):
    """Rated points in the format of upstream's driver ``influxdb``.

    :raises cloudkitty.common.exceptions.InvalidConfiguration: for invalid
        options.
    """

    def __init__(
        self, conf: cfg.ConfigOpts, database: facade.Database
    ) -> None:
        super().__init__(conf, database)
        group = influx_client.GROUP
        version = conf[group].version
        if version != 1:
            raise exceptions.InvalidConfiguration(
                f"[{group}] version = {version} is not supported yet; "
                "version 1, for InfluxDB 1.x, is"
            )
        self._client = influx_client.Client(conf)
        self._reader = read.Reader(
            self._client, conf.collect.scope_key, conf.collect.period
        )

    def init(self) -> None:
        # Upstream creates nothing either.
        self.check()

    def check(self) -> None:
        schema.check(self._client)

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
        storage_checks.require_scope(scope)
        storage_checks.require_no_transaction(transaction)
        frames = list(frames)
        storage_checks.check_frames(frames, window, metrics)
        limits.check_scope(scope)
        limits.check_metrics(frames)
        if metrics is not None:
            metrics = limits.possible(metrics)
            if not metrics:
                return
        with _translated():
            replacing.replace(
                self._client,
                scope,
                window,
                frames,
                metrics,
                fence or storage_checks.no_fence,
            )

    def add(self, frames: base.NewFrames) -> None:
        add.check(frames)
        with _translated():
            add.write(self._client, add.make_points(self._client, frames))

    def delete(
        self,
        scope: scopes.Scope,
        window: periods.Window,
        *,
        metrics: collections.abc.Collection[str] | None = None,
    ) -> None:
        storage_checks.require_scope(scope)
        limits.check_scope(scope)
        if metrics is not None:
            metrics = limits.possible(metrics)
            if not metrics:
                return
        replacing.delete_window(self._client, scope, window, metrics)

    def retrieve(self, query: base.Query) -> base.Frames:
        with _translated():
            return self._reader.retrieve(query)

    def total(
        self,
        query: base.Query,
        groupby: collections.abc.Sequence[str] = (),
        *,
        transaction: orm.Session | None = None,
    ) -> base.Totals:
        storage_checks.require_no_transaction(transaction)
        with _translated():
            return totals.total(self._reader, query, groupby)

    def custom_total(
        self,
        query: base.Query,
        groupby: collections.abc.Sequence[str],
        fields: collections.abc.Sequence[custom_fields.CustomField],
    ) -> base.CustomTotals:
        with _translated():
            return totals.custom_total(self._reader, query, groupby, fields)

    def scope_ids(self) -> list[str]:
        with _translated():
            return self._reader.scope_ids()

    def empty(self) -> bool:
        return not schema.has_points(self._client, self._client.policy)

    def not_shown(self) -> list[str]:
        return list(schema.hidden_points(self._client))


@contextlib.contextmanager
def _translated() -> collections.abc.Iterator[None]:
    """Raise ``StorageError`` for rows whose values are no points."""
    try:
        yield
    except (
        ArithmeticError,
        AttributeError,
        IndexError,
        KeyError,
        TypeError,
        ValueError,
    ) as error:
        # Not chained: the original's text may show values.
        raise base.StorageError(
            f"influxdb sent values that are no points: {type(error).__name__}"
        ) from None
