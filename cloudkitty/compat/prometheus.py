# SPDX-License-Identifier: Apache-2.0
"""The base class of collectors with PromQL of CloudKitty 25."""

import datetime
import decimal
import typing

from cloudkitty import dataframe
from cloudkitty.collector import base
from cloudkitty.collector import conversion
from cloudkitty.collector import definitions
from cloudkitty.collector.prometheus import query
from cloudkitty.compat import collector
from cloudkitty.compat import process


class PrometheusCollectorBase(collector.BaseCollector):
    """Queries ``_conn``, which the constructor of a subclass sets.

    ``_conn.get_instant(query, time=ISO 8601)`` returns the decoded answer of
    Prometheus' instant query.
    """

    _conn: typing.Any = None

    def __init__(self, **kwargs: typing.Any) -> None:
        super().__init__(**kwargs)
        self._metrics = {
            metric.key: metric for metric in _parse(kwargs["conf"])
        }

    @staticmethod
    def check_configuration(
        conf: typing.Any,
    ) -> dict[str, dict[str, typing.Any]]:
        """Return the definitions with the defaults of their extra_args.

        :raises cloudkitty.common.exceptions.InvalidConfiguration: if one
            cannot be queried.
        """
        found = collector.BaseCollector.check_configuration(conf)
        for metric in _parse(conf):
            query.check(metric)
            found[metric.key]["extra_args"] = dict(metric.extra_args)
        return found

    def fetch_all(
        self,
        metric_name: str,
        start: datetime.datetime,
        end: datetime.datetime,
        project_id: str | None = None,
        q_filter: typing.Any = None,
    ) -> list[dataframe.DataPoint]:
        """Return the points of a metric of one scope in one period.

        :raises cloudkitty.collector.base.CollectError: for an answer that
            cannot be used.
        """
        metric = self._metrics[metric_name]
        text = query.build(
            metric,
            process.conf().collect.scope_key,
            project_id or "",
            int((end - start).total_seconds()),
        )
        convert = conversion.Converter(metric)
        answer = self._conn.get_instant(text, time=end.isoformat())
        try:
            if answer.get("status") == "error":
                raise base.CollectError(
                    f"metric {metric_name}: the server refuses the query"
                )
            return [
                self._create_data_point(
                    self.conf[metric_name],
                    convert(row["value"][1]),
                    0,
                    _labels(row["metric"], metric.groupby),
                    _labels(row["metric"], metric.metadata),
                    start,
                )
                for row in answer["data"]["result"]
            ]
        except conversion.UnusableQuantity as error:
            raise base.CollectError(
                f"metric {metric_name}: unusable value {error}"
            ) from error
        except (
            AttributeError,
            LookupError,
            TypeError,
            decimal.InvalidOperation,
        ) as error:
            raise base.CollectError(
                f"metric {metric_name}: the server answered malformed values"
            ) from error


def _labels(labels: dict[str, str], names: tuple[str, ...]) -> dict[str, str]:
    return {name: labels.get(name, "") for name in names}


def _parse(conf: typing.Any) -> list[typing.Any]:
    return list(
        definitions.parse(
            conf, process.conf().collect.scope_key, query.EXTRA_ARGS
        )
    )
