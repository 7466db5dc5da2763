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
        "List the metrics that are rated.",
        [
            {"path": "/v1/info/metrics", "method": "GET"},
            {"path": "/v1/info/services", "method": "GET"},
        ],
        scope_types=base.SCOPE_TYPES,
    ),
    policy.DocumentedRuleDefault(
        GET_METRIC,
        base.ANYONE,
        "Get a metric that is rated.",
        [
            {"path": "/v1/info/metrics/{metric_id}", "method": "GET"},
            {"path": "/v1/info/services/{metric_id}", "method": "GET"},
        ],
        scope_types=base.SCOPE_TYPES,
    ),
    policy.DocumentedRuleDefault(
        LIST_SERVICES,
        base.ANYONE,
        f"List the metrics by their old name; {LIST_METRICS} is asked too.",
        [{"path": "/v1/info/services", "method": "GET"}],
        scope_types=base.SCOPE_TYPES,
    ),
    policy.DocumentedRuleDefault(
        GET_SERVICE,
        base.ANYONE,
        f"Get a metric by its old name; {GET_METRIC} is asked too.",
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
