# SPDX-License-Identifier: Apache-2.0
"""Collectors; with the names that collectors of CloudKitty 25 import."""

import typing

from cloudkitty.common import lazy

if typing.TYPE_CHECKING:
    from cloudkitty.common.exceptions import (  # noqa: H301
        InvalidConfiguration as InvalidConfiguration,
    )
    from cloudkitty.compat.collector import BaseCollector as BaseCollector
    from cloudkitty.compat.collector import NoDataCollected as NoDataCollected
    from cloudkitty.compat.collector import get_collector as get_collector
    from cloudkitty.compat.collector import validate_conf as validate_conf
    from cloudkitty.compat.metric_schemas import (  # noqa: H301
        CONF_BASE_SCHEMA as CONF_BASE_SCHEMA,
    )
    from cloudkitty.compat.metric_schemas import (  # noqa: H301
        METRIC_BASE_SCHEMA as METRIC_BASE_SCHEMA,
    )
    from cloudkitty.compat.metric_schemas import MetricDict as MetricDict
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
