# SPDX-License-Identifier: Apache-2.0
"""Collectors; with the names that collectors of CloudKitty 25 import."""

import typing

from cloudkitty.common import lazy

if typing.TYPE_CHECKING:
    from cloudkitty.common import exceptions as _exceptions
    from cloudkitty.compat import collector as _collector
    from cloudkitty.compat import metric_schemas as _metric_schemas

    InvalidConfiguration = _exceptions.InvalidConfiguration
    BaseCollector = _collector.BaseCollector
    NoDataCollected = _collector.NoDataCollected
    get_collector = _collector.get_collector
    validate_conf = _collector.validate_conf
    CONF_BASE_SCHEMA = _metric_schemas.CONF_BASE_SCHEMA
    METRIC_BASE_SCHEMA = _metric_schemas.METRIC_BASE_SCHEMA
    MetricDict = _metric_schemas.MetricDict
else:
    __getattr__ = lazy.names(
        __name__,
        {
            "BaseCollector": "cloudkitty.compat.collector",
            "CONF_BASE_SCHEMA": "cloudkitty.compat.metric_schemas",
            "InvalidConfiguration": "cloudkitty.common.exceptions",
            "METRIC_BASE_SCHEMA": "cloudkitty.compat.metric_schemas",
            "MetricDict": "cloudkitty.compat.metric_schemas",
            "NoDataCollected": "cloudkitty.compat.collector",
            "get_collector": "cloudkitty.compat.collector",
            "validate_conf": "cloudkitty.compat.collector",
        },
    )
