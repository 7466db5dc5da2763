# SPDX-License-Identifier: Apache-2.0
"""Base classes of hashmap's controllers."""

import typing

from cloudkitty.api import resource
from cloudkitty.api.request import hooks
from cloudkitty.api.v1 import rules
from cloudkitty.api.v1.hashmap import parsing
from cloudkitty.api.v1.hashmap import prices
from cloudkitty.api.v1.hashmap import problems
from cloudkitty.api.v1.hashmap import types
from cloudkitty.db import facade
from cloudkitty.rating.hashmap.editing import errors as rule_errors
from cloudkitty.rating.hashmap.editing import owners


class Item(rules.Item):
    """One service, field, group, mapping or threshold."""

    #: ``service``, ``field``, ``group``, ``mapping`` or ``threshold``.
    kind: typing.ClassVar[str]

    def find(self, database: facade.Database, ident: str) -> typing.Any:
        """Return the stored object.

        :raises cloudkitty.rating.editing.errors.NotFound: if it does not
            exist.
        """
        raise NotImplementedError

    def stored(self) -> typing.Any:
        """Return the stored object that the request names.

        :raises cloudkitty.api.errors.NotFound: if it does not exist.
        """
        ident, _ = parsing.read(self.kind, self.ident)
        with problems.answered():
            return self.find(hooks.services().database, ident)


class Rule(Item, rules.Rule):
    """One mapping or threshold."""

    price: typing.ClassVar[type[prices.Price]]

    def child(self, segments: resource.Segments) -> resource.Below:
        if segments[0] == "price" and self.ident is not None:
            return self.price(self.ident), segments[1:]
        return _group(self, segments)


class Rules(rules.Rules):
    """All mappings or thresholds."""

    item: typing.ClassVar[type[Rule]]

    def child(self, segments: resource.Segments) -> resource.Below:
        # The path .../group contains no id: it is in the query or the body.
        return _group(self.item(None), segments) or super().child(segments)


class GroupOfRule(resource.Resource):
    """The group of a mapping or a threshold."""

    def __init__(self, rule: Rule) -> None:
        self._rule = rule

    @resource.answers_json
    def get(self) -> types.Group:
        group_id = self._rule.stored().group_id
        with problems.answered():
            if group_id is None:
                raise rule_errors.NoGroup(self._rule.kind)
            group = owners.group(hooks.services().database, group_id)
        return types.Group.from_row(group)


def _group(rule: Rule, segments: resource.Segments) -> resource.Below:
    if segments[0] != "group":
        return None
    return GroupOfRule(rule), segments[1:]
