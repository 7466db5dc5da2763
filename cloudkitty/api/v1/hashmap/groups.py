# SPDX-License-Identifier: Apache-2.0
"""``.../hashmap/groups``."""

from cloudkitty.api import resource
from cloudkitty.api.request import hooks
from cloudkitty.api.v1 import arguments
from cloudkitty.api.v1 import rules
from cloudkitty.api.v1.hashmap import base
from cloudkitty.api.v1.hashmap import mappings
from cloudkitty.api.v1.hashmap import parsing
from cloudkitty.api.v1.hashmap import problems
from cloudkitty.api.v1.hashmap import thresholds
from cloudkitty.api.v1.hashmap import types
from cloudkitty.db import facade
from cloudkitty.db.rules import mappings as hashmap_mappings
from cloudkitty.db.rules import services as hashmap_services
from cloudkitty.db.rules import thresholds as hashmap_thresholds
from cloudkitty.rating.hashmap.editing import owners


class Group(base.Item):
    """One group."""

    kind = "group"

    def child(self, segments: resource.Segments) -> resource.Below:
        return _rules(self, segments)

    def find(
        self, database: facade.Database, ident: str
    ) -> hashmap_services.Group:
        return owners.group(database, ident)

    def show(self) -> types.Group:
        return types.Group.from_row(self.stored())

    def remove(self) -> None:
        ident, args = parsing.read(self.kind, self.ident, "recursive")
        recursive = bool(args.boolean("recursive"))
        with problems.answered():
            owners.delete_group(
                hooks.services().database, ident, recursive=recursive
            )


class Groups(rules.Items):
    """All groups."""

    item = Group

    def child(self, segments: resource.Segments) -> resource.Below:
        # The paths .../mappings and .../thresholds contain no id: it is in
        # the query or in the body.
        return _rules(Group(None), segments) or super().child(segments)

    @resource.answers_json
    def get(self) -> types.Groups:
        arguments.read()
        found = owners.groups(hooks.services().database)
        return types.Groups(
            groups=[types.Group.from_row(row) for row in found]
        )

    @resource.answers_json
    def post(self) -> types.Group:
        args = arguments.read("name", "group_id", required=["name"])
        with problems.answered():
            made = owners.create_group(
                hooks.services().database, parsing.name(args)
            )
        parsing.created(made.group_id)
        return types.Group.from_row(made)


class MappingsOfGroup(resource.Resource):
    """The mappings of a group."""

    def __init__(self, group: Group) -> None:
        self._group = group

    @resource.answers_json
    def get(self) -> types.Mappings:
        group_id = self._group.stored().group_id
        return mappings.listed(hashmap_mappings.Filters(group_id=group_id))


class ThresholdsOfGroup(resource.Resource):
    """The thresholds of a group."""

    def __init__(self, group: Group) -> None:
        self._group = group

    @resource.answers_json
    def get(self) -> types.Thresholds:
        group_id = self._group.stored().group_id
        return thresholds.listed(hashmap_thresholds.Filters(group_id=group_id))


def _rules(group: Group, segments: resource.Segments) -> resource.Below:
    if segments[0] == "mappings":
        return MappingsOfGroup(group), segments[1:]
    if segments[0] == "thresholds":
        return ThresholdsOfGroup(group), segments[1:]
    return None
