# SPDX-License-Identifier: Apache-2.0
"""Rules of ``/v1/info``."""

from oslo_policy import policy

from cloudkitty.policies import base

LIST_METRICS = "info:list_metrics_info"
GET_METRIC = "info:get_metric_info"
LIST_SERVICES = "info:list_services_info"
GET_SERVICE = "info:get_service_info"
GET_CONFIG = "info:get_config"

RULES = [
    policy.DocumentedRuleDefault(
        LIST_METRICS,
        base.ANYONE,
        "List the rated metrics.",
        [
            {"path": "/v1/info/metrics", "method": "GET"},
            {"path": "/v1/info/services", "method": "GET"},
        ],
        scope_types=base.SCOPE_TYPES,
    ),
    policy.DocumentedRuleDefault(
        GET_METRIC,
        base.ANYONE,
        "Get a rated metric.",
        [
            {"path": "/v1/info/metrics/{metric_id}", "method": "GET"},
            {"path": "/v1/info/services/{metric_id}", "method": "GET"},
        ],
        scope_types=base.SCOPE_TYPES,
    ),
    policy.DocumentedRuleDefault(
        LIST_SERVICES,
        base.ANYONE,
        f"List the metrics by their old name. Also requires {LIST_METRICS}.",
        [{"path": "/v1/info/services", "method": "GET"}],
        scope_types=base.SCOPE_TYPES,
    ),
    policy.DocumentedRuleDefault(
        GET_SERVICE,
        base.ANYONE,
        f"Get a metric by its old name. Also requires {GET_METRIC}.",
        [{"path": "/v1/info/services/{metric_id}", "method": "GET"}],
        scope_types=base.SCOPE_TYPES,
    ),
    policy.DocumentedRuleDefault(
        GET_CONFIG,
        base.ANYONE,
        "Get the definitions of the metrics.",
        [{"path": "/v1/info/config", "method": "GET"}],
        scope_types=base.SCOPE_TYPES,
    ),
]
