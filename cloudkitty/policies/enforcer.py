# SPDX-License-Identifier: Apache-2.0
"""The policy enforcer."""

import collections.abc
import logging
import sys
import threading

from oslo_config import cfg
from oslo_policy import policy

from cloudkitty import policies
from cloudkitty.common import exceptions
from cloudkitty.common import log_fields
from cloudkitty.policies.files import reading
from cloudkitty.policies.files import references

LOG = logging.getLogger(__name__)


class Enforcer(policy.Enforcer):
    """Enforces a set of rules that is validated as a whole.

    oslo.policy reads changed files one by one at the next request, and only
    logs a reference to an undefined rule. This class applies all changed
    files together if all of them are valid. Otherwise it keeps the rules in
    force and logs one error.

    :param conf: options with ``[oslo_policy]``.
    :param rules: rules of the service and of its API modules.
    :raises cloudkitty.common.exceptions.InvalidConfiguration: for an invalid
        policy file; the message contains file and line.
    :raises oslo_policy.policy.DuplicatePolicyError: if two rules have the
        same name.
    """

    def __init__(
        self,
        conf: cfg.ConfigOpts,
        rules: collections.abc.Iterable[policy.RuleDefault],
    ) -> None:
        super().__init__(conf)
        self.register_defaults(list(rules))
        self._lock = threading.Lock()
        paths = reading.find(conf, self.policy_file)
        self._state = reading.state(paths)
        self._take(paths)
        self._warn_of_a_missing_file()

    def load_rules(self, force_reload: bool = False) -> None:
        """Load the policy files if they have changed and are valid.

        Called by oslo.policy at every check.
        """
        with self._lock:
            try:
                paths = reading.find(self.conf, self.policy_file)
                state = reading.state(paths)
            except exceptions.InvalidConfiguration as error:
                # The message replaces the state: each error is logged once.
                self._refuse(((str(error), 0, 0, 0),), error)
                return
            if state == self._state and not force_reload:
                return
            try:
                self._require_main_file(paths)
                self._take(paths)
                self._state = state
            except exceptions.InvalidConfiguration as error:
                self._refuse(state, error)

    def _refuse(self, state: reading.State, why: Exception) -> None:
        if state != self._state:
            LOG.error(
                *log_fields.event(
                    "policy files rejected, the rules in force are kept",
                    error=why,
                )
            )
        self._state = state

    def _require_main_file(self, paths: list[str]) -> None:
        if self.policy_path and self.policy_path not in paths:
            raise exceptions.InvalidConfiguration(
                f"policy file {self.policy_path} was removed: restore it, or "
                "restart the API to run without it"
            )

    def _take(self, paths: list[str]) -> None:
        """Apply the rules of the files, or raise and change nothing."""
        found: dict[str, reading.FileRule] = {}
        for path in paths:
            found.update(reading.read(path))
        known = self.registered_rules
        references.check(
            {name: rule.check for name, rule in known.items()}
            | {name: rule.check for name, rule in found.items()},
            found,
        )
        loaded = policy.Enforcer(self.conf)
        loaded.register_defaults(list(known.values()))
        loaded.load_rules()
        # Check the rules that oslo.policy has read again: a file may have
        # changed between the two reads.
        references.check(loaded.rules, found)
        self.rules, self.file_rules = loaded.rules, loaded.file_rules
        self.policy_path = loaded.policy_path
        self._warn_of_unknown(found)

    def _warn_of_unknown(self, found: dict[str, reading.FileRule]) -> None:
        referred = {
            name
            for rule in self.rules.values()
            for name in references.names(rule)
        }
        for name, rule in found.items():
            if name not in self.registered_rules and name not in referred:
                LOG.warning(
                    *log_fields.event(
                        "the service does not use a policy rule",
                        place=rule.place,
                        rule=name,
                    )
                )

    def _warn_of_a_missing_file(self) -> None:
        location = self.conf.get_location("policy_file", "oslo_policy")
        if self.policy_path or not location:
            return
        if location.location.is_user_controlled:
            LOG.warning(
                *log_fields.event(
                    "the policy file does not exist, the default rules are "
                    "in force",
                    option=f"[oslo_policy] policy_file = {self.policy_file}",
                )
            )


def make_enforcer(
    conf: cfg.ConfigOpts,
    extra_rules: collections.abc.Iterable[policy.RuleDefault] = (),
) -> Enforcer:
    """Return an enforcer of the service's rules and of ``extra_rules``.

    The policy files are read by this call, so that an invalid file stops the
    start of the service, not the first request.

    :raises cloudkitty.common.exceptions.InvalidConfiguration: for an invalid
        policy file; the message contains file and line.
    :raises oslo_policy.policy.DuplicatePolicyError: if two rules have the
        same name.
    """
    return Enforcer(conf, [*policies.list_rules(), *extra_rules])


def get_enforcer() -> policy.Enforcer:
    """Return an enforcer for the ``oslopolicy-*`` tools.

    The tools pass no arguments. Only the configuration files of their
    command line apply to the service. The class is oslo.policy's own, so
    that the tools can load an invalid file and report its errors.
    """
    conf = cfg.ConfigOpts()
    conf(args=_config_arguments(sys.argv[1:]), project="cloudkitty")
    enforcer = policy.Enforcer(conf)
    enforcer.register_defaults(policies.list_rules())
    enforcer.load_rules()
    return enforcer


def _config_arguments(argv: list[str]) -> list[str]:
    kept = []
    for position, argument in enumerate(argv):
        name, equals, _ = argument.partition("=")
        if name in ("--config-file", "--config-dir"):
            kept.append(argument)
            if not equals:
                kept.extend(argv[position + 1 : position + 2])
    return kept
