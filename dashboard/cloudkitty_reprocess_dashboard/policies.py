# SPDX-License-Identifier: Apache-2.0
"""Policy rules of the rating API, as Horizon asks for them."""

from openstack_dashboard import policy

#: Key of the rules in ``POLICY_FILES``.
SERVICE = "reprocess"

GET = (SERVICE, "schedule:get_task_reprocesses")
CREATE = (SERVICE, "schedule:task_reprocesses")
UPDATE = (SERVICE, "schedule:update_task_reprocesses")
UPDATE_MANY = (SERVICE, "schedule:update_many_task_reprocesses")
FORCE = (SERVICE, "schedule:force_task_reprocesses")
APPROVE = (SERVICE, "schedule:approve_task_reprocesses")
WORKERS = (SERVICE, "schedule:get_task_workers")
PRICES = (SERVICE, "rating:module_config")
SCOPES = (SERVICE, "scope:get_state")


def allowed(request, *rules) -> bool:
    """Return whether the user has all rules."""
    return policy.check(rules, request)
