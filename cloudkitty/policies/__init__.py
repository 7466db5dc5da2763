# SPDX-License-Identifier: Apache-2.0
"""Policy rules and their enforcement."""

from cloudkitty.policies import rules

#: The ``oslo.policy.policies`` entry point.
list_rules = rules.list_rules
