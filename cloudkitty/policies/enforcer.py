# SPDX-License-Identifier: Apache-2.0
"""Makes what enforces the rules."""

import collections.abc
import sys

from oslo_config import cfg
from oslo_policy import policy

from cloudkitty import policies


def make_enforcer(
    conf: cfg.ConfigOpts,
    extra_rules: collections.abc.Iterable[policy.RuleDefault] = (),
) -> policy.Enforcer:
    """Return an enforcer of the service's rules and of ``extra_rules``.

    The policy files are read now, so a broken one stops the start and not
    the first request.

    :raises oslo_policy.policy.DuplicatePolicyError: for a name that two
        rules have.
    """
    enforcer = policy.Enforcer(conf)
    enforcer.register_defaults(policies.list_rules())
    enforcer.register_defaults(list(extra_rules))
    enforcer.load_rules()
    return enforcer


def get_enforcer() -> policy.Enforcer:
    """Return an enforcer for the ``oslopolicy-*`` tools.

    They hand nothing over: of their command line only the configuration
    files concern the service.
    """
    conf = cfg.ConfigOpts()
    conf(args=_config_arguments(sys.argv[1:]), project="cloudkitty")
    return make_enforcer(conf)


def _config_arguments(argv: list[str]) -> list[str]:
    kept = []
    for position, argument in enumerate(argv):
        name, equals, _ = argument.partition("=")
        if name in ("--config-file", "--config-dir"):
            kept.append(argument)
            if not equals:
                kept.extend(argv[position + 1 : position + 2])
    return kept
