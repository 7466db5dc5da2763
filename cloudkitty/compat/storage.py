# SPDX-License-Identifier: Apache-2.0
"""Storages of version 2 written for CloudKitty 25: the base class."""

import abc
import datetime
import typing

from oslo_config import cfg

from cloudkitty.common import attribute_names
from cloudkitty.common import exceptions
from cloudkitty.compat import process
from cloudkitty.db.scopes import queries
from cloudkitty.storage import base
from cloudkitty.storage import grouping
from cloudkitty.storage import loader

if typing.TYPE_CHECKING:
    from cloudkitty.compat import storage_adapter

_Result = dict[str, typing.Any]


class NoTimeFrame(exceptions.CloudKittyError):
    """There are no rated points in the window."""


class BaseStorage(abc.ABC):
    """Base class of v2 storages of upstream.

    It is constructed with ``period``, the length of a period in seconds.
    """

    def __init__(self, *args: typing.Any, **kwargs: typing.Any) -> None:
        self._period = kwargs.get("period", args[0] if args else None)

    @abc.abstractmethod
    def init(self) -> None:
        """Create the schema of the storage."""

    @abc.abstractmethod
    def push(
        self, dataframes: list[typing.Any], scope_id: str | None = None
    ) -> None:
        """Store frames."""

    @abc.abstractmethod
    def retrieve(
        self,
        begin: datetime.datetime | None = None,
        end: datetime.datetime | None = None,
        filters: typing.Any = None,
        metric_types: typing.Any = None,
        offset: int = 0,
        limit: int = 1000,
        paginate: bool = True,
    ) -> _Result:
        """Return ``total`` (points) and ``dataframes``."""

    @abc.abstractmethod
    def delete(
        self,
        begin: datetime.datetime | None = None,
        end: datetime.datetime | None = None,
        filters: typing.Any = None,
    ) -> None:
        """Delete points."""

    @abc.abstractmethod
    def total(
        self,
        groupby: list[str] | None = None,
        begin: datetime.datetime | None = None,
        end: datetime.datetime | None = None,
        metric_types: typing.Any = None,
        filters: typing.Any = None,
        custom_fields: str | None = None,
        offset: int = 0,
        limit: int = 1000,
        paginate: bool = True,
    ) -> _Result:
        """Return ``total`` (rows) and ``results``."""

    def get_tenants(
        self,
        begin: datetime.datetime | None = None,
        end: datetime.datetime | None = None,
    ) -> list[str]:
        """Return the identifiers of all scopes."""
        with process.database().reader() as session:
            return list(
                dict.fromkeys(
                    state.scope.identifier for state in queries.find(session)
                )
            )

    @staticmethod
    def get_retention() -> datetime.timedelta:
        """Return ``[storage] retention_period``."""
        hours = process.conf().storage.retention_period
        return datetime.timedelta(hours=hours)

    @staticmethod
    def parse_groupby_syntax_to_groupby_elements(
        groupbys: list[str],
    ) -> list[str]:
        """Return the items with ``time-d`` and others as attribute names.

        :raises ValueError: for an unknown length of time.
        """
        found = []
        for item in groupbys:
            if item != attribute_names.TIME and attribute_names.is_time(item):
                if item not in grouping.CALENDAR:
                    raise ValueError(f"{item} is not a known length of time")
                item = grouping.CALENDAR[item]
            found.append(item)
        return found

    @classmethod
    def cloudkitty_adapter(
        cls, conf: cfg.ConfigOpts | None
    ) -> type["storage_adapter.StorageAdapter"]:
        """Return the storage of this service that calls this one."""
        from cloudkitty.compat import storage_adapter

        return storage_adapter.make(cls)


def get_storage(**kwargs: typing.Any) -> base.Storage:
    """Return the configured storage, with this service's contract."""
    return loader.load(process.conf(), process.database())
