# SPDX-License-Identifier: Apache-2.0
"""The policy rules of the service; one module for each resource."""

import itertools

from oslo_policy import policy

from cloudkitty.policies import base
from cloudkitty.policies import dataframes
from cloudkitty.policies import rating
from cloudkitty.policies import scope
from cloudkitty.policies import summary
from cloudkitty.policies import task


def list_rules() -> list[policy.RuleDefault]:
    """Return all rules: ``oslo.policy.policies`` entry point."""
    return list(
        itertools.chain(
            base.RULES,
            dataframes.RULES,
            rating.RULES,
            scope.RULES,
            summary.RULES,
            task.RULES,
        )
    )
