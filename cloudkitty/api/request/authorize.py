# SPDX-License-Identifier: Apache-2.0
"""Authorisation, the first step of every handler."""

import collections.abc
import logging

from oslo_policy import policy

from cloudkitty.api import error_codes
from cloudkitty.api import errors
from cloudkitty.api.request import hooks
from cloudkitty.common import log_fields

LOG = logging.getLogger(__name__)

_REFUSALS = (policy.PolicyNotAuthorized, policy.InvalidScope)


def authorize(
    rule: str, target: collections.abc.Mapping[str, object] | None = None
) -> None:
    """Check that the current request satisfies ``rule``.

    :param rule: name of a registered rule.
    :param target: target of the rule; ``None`` selects the caller's project.
    :raises cloudkitty.api.errors.Forbidden: if it does not, including every
        request with a system-scoped or domain-scoped token.
    """
    try:
        _enforce(rule, target)
    except _REFUSALS as err:
        LOG.info(
            *log_fields.event(
                "rejected",
                rule=rule,
                user=hooks.context().user_id,
                error=type(err).__name__,
            ),
        )
        raise errors.Forbidden(
            error_codes.POLICY_FORBIDDEN,
            "the policy does not allow this request: use a token of a project "
            "in which you have the required role",
        ) from None


def permitted(rule: str) -> bool:
    """Return whether the current request satisfies ``rule``.

    For a part of a response that other callers get without it.

    :param rule: name of a registered rule.
    """
    try:
        _enforce(rule)
    except _REFUSALS:
        return False
    return True


def _enforce(
    rule: str, target: collections.abc.Mapping[str, object] | None = None
) -> None:
    """Raise one of ``_REFUSALS`` unless the request satisfies ``rule``."""
    services, context = hooks.services(), hooks.context()
    if services.conf.auth_strategy != "keystone":
        return
    if target is None:
        target = {"project_id": context.project_id}
    services.enforcer.authorize(rule, dict(target), context, do_raise=True)
