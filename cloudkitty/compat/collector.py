# SPDX-License-Identifier: Apache-2.0
"""Collectors written for CloudKitty 25: base class and errors."""

import abc
import collections.abc
import datetime
import typing

from oslo_config import cfg

from cloudkitty import dataframe
from cloudkitty.collector import base
from cloudkitty.collector import loader
from cloudkitty.collector import points
from cloudkitty.collector import yaml_file
from cloudkitty.common import exceptions
from cloudkitty.compat import process

if typing.TYPE_CHECKING:
    from cloudkitty.compat import collector_adapter

_Conf = dict[str, dict[str, typing.Any]]


class NoDataCollected(exceptions.CloudKittyError):
    """The backend has no data of a metric in a period.

    :param collector: name of the collector.
    :param resource: name of the metric.
    """

    def __init__(self, collector: object = "", resource: object = "") -> None:
        super().__init__(f"collector {collector}: no data of {resource}")
        self.collector = collector
        self.resource = resource


class BaseCollector(abc.ABC):
    """Base class of collectors of upstream.

    :ivar conf: internal key to the checked definition; its keys, sorted, are
        collected.
    :ivar period: ``[collect] period``.
    :raises ValueError: without ``period`` and ``conf``.
    """

    collector_name: typing.Any = None

    def __init__(self, **kwargs: typing.Any) -> None:
        try:
            self.period: int = kwargs["period"]
            conf = kwargs["conf"]
        except KeyError as error:
            raise ValueError(f"the argument {error} is missing") from error
        self.conf: _Conf = self.check_configuration(conf)

    @staticmethod
    def check_configuration(conf: typing.Any) -> _Conf:
        """Return the definitions of a metrics file by internal key.

        :raises voluptuous.Invalid: if it is invalid.
        """
        # Imported late: it needs a library that only these plugins use.
        from cloudkitty.compat import metric_schemas

        return metric_schemas.check(conf, process.conf().collect.scope_key)

    @classmethod
    def get_metadata(cls, resource_name: str) -> dict[str, typing.Any]:
        """Return metadata and unit of a resource; never called."""
        return {"metadata": [], "unit": "undefined"}

    @abc.abstractmethod
    def fetch_all(
        self,
        metric_name: str,
        start: datetime.datetime,
        end: datetime.datetime,
        project_id: str | None = None,
        q_filter: typing.Any = None,
    ) -> list[dataframe.DataPoint]:
        """Return the points of a metric of one scope in one period."""

    def retrieve(
        self,
        metric_name: str,
        start: datetime.datetime,
        end: datetime.datetime,
        project_id: str | None = None,
        q_filter: typing.Any = None,
    ) -> tuple[str, list[dataframe.DataPoint]]:
        """Return the name of a metric in frames, and its points.

        :raises NoDataCollected: if there are none.
        """
        found = self.fetch_all(
            metric_name, start, end, project_id, q_filter=q_filter
        )
        if not found:
            raise NoDataCollected(self.collector_name, metric_name)
        return self.conf[metric_name].get("alt_name", metric_name), found

    def _create_data_point(
        self,
        metric: collections.abc.Mapping[str, typing.Any],
        qty: typing.Any,
        price: typing.Any,
        groupby: collections.abc.Mapping[str, typing.Any] | None,
        metadata: typing.Any,
        start: datetime.datetime,
    ) -> dataframe.DataPoint:
        """Return a point with unit and description of the definition.

        Its grouping attributes get those of the period's start.
        """
        return dataframe.DataPoint(
            metric["unit"],
            qty,
            price,
            {**(groupby or {}), **points.time_attributes(start)},
            metadata,
            metric.get("description"),
        )

    @classmethod
    def cloudkitty_adapter(
        cls, conf: cfg.ConfigOpts | None
    ) -> type["collector_adapter.CollectorAdapter"]:
        """Return the collector of this service that calls this one."""
        from cloudkitty.compat import collector_adapter

        return collector_adapter.make(cls)


def get_collector() -> base.Collector:
    """Return the configured collector, with this service's contract."""
    return loader.load(process.conf())


def validate_conf(conf: typing.Any) -> _Conf:
    """Return the checked definitions of a metrics file by internal key.

    :raises voluptuous.Invalid: if it is invalid.
    """
    return BaseCollector.check_configuration(conf)


def read_metrics(conf: cfg.ConfigOpts) -> typing.Any:
    """Return the content of ``[collect] metrics_conf``; ``{}`` if empty."""
    return (
        yaml_file.read(conf.collect.metrics_conf, "[collect] metrics_conf")
        or {}
    )
