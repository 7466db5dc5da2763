# SPDX-License-Identifier: Apache-2.0
"""Routes of ``/v1/rating/module_config/hashmap``.

They have no separate policy rules: ``rating:module_config`` applies to all.
"""

from oslo_policy import policy

_BASE = "/v1/rating/module_config/hashmap"
_ROUTES = (
    ("types", "GET"),
    *(
        (path.format(kind=kind), method)
        for kind in ("service", "field", "group", "mapping", "threshold")
        for path, methods in (
            ("{kind}s", ("GET", "POST", "DELETE")),
            ("{kind}s/{{{kind}_id}}", ("GET", "DELETE")),
        )
        for method in methods
    ),
    *(
        (path.format(kind=kind), "PUT")
        for kind in ("mapping", "threshold")
        for path in ("{kind}s", "{kind}s/{{{kind}_id}}")
    ),
    ("services/{service_id}/fields", "GET"),
    ("services/{service_id}/mappings", "GET"),
    ("groups/{group_id}/mappings", "GET"),
    ("groups/{group_id}/thresholds", "GET"),
    ("groups/mappings", "GET"),
    ("groups/thresholds", "GET"),
    ("mappings/{mapping_id}/group", "GET"),
    ("mappings/group", "GET"),
    ("mappings/{mapping_id}/price", "POST"),
    ("rules", "GET"),
    ("thresholds/{threshold_id}/group", "GET"),
    ("thresholds/{threshold_id}/price", "POST"),
    ("thresholds/group", "GET"),
)

OPERATIONS: "list[policy.Operation]" = [
    {"path": f"{_BASE}/{path}", "method": method} for path, method in _ROUTES
]
