# SPDX-License-Identifier: Apache-2.0
"""Makes what enforces the rules."""

import collections.abc
import logging
import sys
import threading

from oslo_config import cfg
from oslo_policy import policy

from cloudkitty import policies
from cloudkitty.common import exceptions
from cloudkitty.policies import files
from cloudkitty.policies import references

LOG = logging.getLogger(__name__)


class Enforcer(policy.Enforcer):
    """Enforces rules that were checked as a whole.

    oslo.policy reads changed files at the next request, one after the
    other, and only logs that a reference leads nowhere. Here changed files
    are taken together if all of them are right; otherwise the rules in
    force stay and one error is logged.

    :param conf: options with ``[oslo_policy]``.
    :param rules: rules of the service and of its API modules.
    :raises cloudkitty.common.exceptions.InvalidConfiguration: for a policy
        file that is wrong; names file and line.
    :raises oslo_policy.policy.DuplicatePolicyError: for a name that two
        rules have.
    """

    def __init__(
        self,
        conf: cfg.ConfigOpts,
        rules: collections.abc.Iterable[policy.RuleDefault],
    ) -> None:
        super().__init__(conf)
        self.register_defaults(list(rules))
        self._lock = threading.Lock()
        paths = files.find(conf, self.policy_file)
        self._state = files.state(paths)
        self._take(paths)
        self._warn_of_a_missing_file()

    def load_rules(self, force_reload: bool = False) -> None:
        """Take the policy files if they have changed and are right.

        Called by oslo.policy at every check.
        """
        with self._lock:
            try:
                paths = files.find(self.conf, self.policy_file)
                state = files.state(paths)
            except exceptions.InvalidConfiguration as error:
                # Its text stands for the state: one error for each problem.
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

    def _refuse(self, state: files.State, why: Exception) -> None:
        if state != self._state:
            LOG.error(
                "policy files refused, the rules in force stay: %(why)s",
                {"why": why},
            )
        self._state = state

    def _require_main_file(self, paths: list[str]) -> None:
        if self.policy_path and self.policy_path not in paths:
            raise exceptions.InvalidConfiguration(
                f"policy file {self.policy_path} is no longer there: "
                "put it back, or restart the API to run without it"
            )

    def _take(self, paths: list[str]) -> None:
        """Put the rules of the files in force, or raise and change nothing."""
        found: dict[str, files.FileRule] = {}
        for path in paths:
            found.update(files.read(path))
        known = self.registered_rules
        references.check(
            {name: rule.check for name, rule in known.items()}
            | {name: rule.check for name, rule in found.items()},
            found,
        )
        loaded = policy.Enforcer(self.conf)
        loaded.register_defaults(list(known.values()))
        loaded.load_rules()
        # Again on the rules that oslo.policy has read: a file may have
        # changed in between.
        references.check(loaded.rules, found)
        self.rules, self.file_rules = loaded.rules, loaded.file_rules
        self.policy_path = loaded.policy_path
        self._warn_of_unknown(found)

    def _warn_of_unknown(self, found: dict[str, files.FileRule]) -> None:
        referred = {
            name
            for rule in self.rules.values()
            for name in references.names(rule)
        }
        for name, rule in found.items():
            if name not in self.registered_rules and name not in referred:
                LOG.warning(
                    "%(place)s: no part of the service uses the rule "
                    '"%(name)s"',
                    {"place": rule.place, "name": name},
                )

    def _warn_of_a_missing_file(self) -> None:
        location = self.conf.get_location("policy_file", "oslo_policy")
        if self.policy_path or not location:
            return
        if location.location.is_user_controlled:
            LOG.warning(
                "[oslo_policy] policy_file = %(name)s: there is no such "
                "file, the default rules are in force",
                {"name": self.policy_file},
            )


def make_enforcer(
    conf: cfg.ConfigOpts,
    extra_rules: collections.abc.Iterable[policy.RuleDefault] = (),
) -> Enforcer:
    """Return an enforcer of the service's rules and of ``extra_rules``.

    The policy files are read now, so a broken one stops the start and not
    the first request.

    :raises cloudkitty.common.exceptions.InvalidConfiguration: for a policy
        file that is wrong; names file and line.
    :raises oslo_policy.policy.DuplicatePolicyError: for a name that two
        rules have.
    """
    return Enforcer(conf, [*policies.list_rules(), *extra_rules])


def get_enforcer() -> policy.Enforcer:
    """Return an enforcer for the ``oslopolicy-*`` tools.

    They hand nothing over: of their command line only the configuration
    files concern the service. It is oslo.policy's own, so that the tools
    can load a wrong file and report on it.
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
