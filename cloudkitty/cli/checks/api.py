# SPDX-License-Identifier: Apache-2.0
"""Checks of the API: its policy files, modules and paste file."""

import typing

from oslo_policy import policy
from oslo_upgradecheck import common_checks
from oslo_upgradecheck import upgradecheck

from cloudkitty.api import app
from cloudkitty.api import loading
from cloudkitty.api.request import hooks
from cloudkitty.cli.checks import context as ck_context
from cloudkitty.cli.checks import findings as ck_findings
from cloudkitty.common import clock
from cloudkitty.db import facade
from cloudkitty.policies import enforcer
from cloudkitty.rating import loader as rating_loader
from cloudkitty.storage import base as storage_base


def check_policy_json(
    context: ck_context.Context, found: ck_findings.Findings
) -> None:
    """Refuse a policy file in JSON."""
    commands = upgradecheck.UpgradeCommands()
    result = common_checks.check_policy_json(commands, context.conf)
    if result.details:
        found.failure(result.details)


def check_policy_rules(
    context: ck_context.Context, found: ck_findings.Findings
) -> None:
    """Load the policy files with the rules of all API modules."""
    with found.gather():
        modules = [
            *loading.load_modules(context.conf).values(),
            *loading.load_module_configs(context.conf).values(),
        ]
        enforcer.make_enforcer(
            context.conf, [rule for each in modules for rule in each.rules]
        )


def check_paste(
    context: ck_context.Context, found: ck_findings.Findings
) -> None:
    """Load the paste file, its filters and the API modules."""
    with found.gather():
        app.load(context.conf, _services(context))


def _services(context: ck_context.Context) -> hooks.Services:
    """Return services that no request uses: the other checks load them."""
    return hooks.Services(
        conf=context.conf,
        database=facade.Database(context.conf),
        storage=typing.cast(storage_base.Storage, None),
        clock=clock.SystemClock(),
        enforcer=policy.Enforcer(context.conf),
        rating_modules=rating_loader.modules(context.conf),
    )
