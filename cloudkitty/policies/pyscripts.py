# SPDX-License-Identifier: Apache-2.0
"""Routes of ``/v1/rating/module_config/pyscripts``.

The rule of ``policies.rating`` for ``module_config`` applies to all.
"""

from oslo_policy import policy

_SCRIPTS = "/v1/rating/module_config/pyscripts/scripts"
_SCRIPT = f"{_SCRIPTS}/{{script_id}}"

OPERATIONS: "list[policy.Operation]" = [
    {"path": _SCRIPTS, "method": "GET"},
    {"path": _SCRIPTS, "method": "POST"},
    {"path": _SCRIPTS, "method": "PUT"},
    {"path": _SCRIPTS, "method": "DELETE"},
    {"path": _SCRIPT, "method": "GET"},
    {"path": _SCRIPT, "method": "PUT"},
    {"path": _SCRIPT, "method": "DELETE"},
]
