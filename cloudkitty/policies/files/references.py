# SPDX-License-Identifier: Apache-2.0
"""References between rules: they must be defined and not circular."""

import collections.abc
import typing

from oslo_policy import policy

from cloudkitty.common import exceptions
from cloudkitty.policies.files import reading

_Rules = collections.abc.Mapping[str, typing.Any]
_Places = collections.abc.Mapping[str, reading.FileRule]


def check(rules: _Rules, places: _Places) -> None:
    """Check that every reference is defined and not circular.

    :param rules: all rules in force, parsed, by name.
    :param places: the rules that are defined in a policy file, by name.
    :raises cloudkitty.common.exceptions.InvalidConfiguration: for a
        reference to a rule that does not exist, or a circular reference. The
        message contains the rule and, for a rule of a file, file and line.
    """
    references = {name: names(each) for name, each in rules.items()}
    for name, targets in references.items():
        for target in targets:
            if target not in references:
                raise exceptions.InvalidConfiguration(
                    f'{_place(name, places)}: the rule "{name}" refers to '
                    f'"rule:{target}", which is not defined: correct the '
                    "name or add the rule"
                )
    for name in references:
        circle = _circle(name, references)
        if circle:
            # Name a rule in a file: the operator can correct it.
            at = next((each for each in circle if each in places), name)
            raise exceptions.InvalidConfiguration(
                f'{_place(at, places)}: the rule "{at}" refers to itself '
                f"({' -> '.join(circle)}): remove one of these references"
            )


def names(rule: typing.Any) -> list[str]:
    """Return the names of the rules that a parsed rule refers to."""
    return [
        each.match
        for each in reading.walk(rule)
        if isinstance(each, policy.RuleCheck)
    ]


def _circle(
    start: str, references: collections.abc.Mapping[str, list[str]]
) -> list[str]:
    """Return the names of a circular reference of ``start``, else []."""
    paths = [[start]]
    seen = set()
    while paths:
        path = paths.pop()
        for target in references[path[-1]]:
            if target == start:
                return [*path, target]
            if target not in seen:
                seen.add(target)
                paths.append([*path, target])
    return []


def _place(name: str, places: _Places) -> str:
    if name in places:
        return places[name].place
    return "a policy rule of the service or of an API module"
