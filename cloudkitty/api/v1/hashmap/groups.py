# SPDX-License-Identifier: Apache-2.0
"""``.../hashmap/groups``."""

from cloudkitty.api import resource
from cloudkitty.api.request import hooks
from cloudkitty.api.v1 import arguments
from cloudkitty.api.v1.hashmap import parsing
from cloudkitty.api.v1.hashmap import problems
from cloudkitty.api.v1.hashmap import types
from cloudkitty.db.rules import mappings as hashmap_mappings
from cloudkitty.db.rules import services as hashmap_services
from cloudkitty.db.rules import thresholds as hashmap_thresholds
from cloudkitty.rating.hashmap.editing import mappings
from cloudkitty.rating.hashmap.editing import owners
from cloudkitty.rating.hashmap.editing import thresholds


class Groups(resource.Resource):
    """All groups."""

    def child(self, segments: resource.Segments) -> resource.Below:
        # These paths contain no id: it is in the query or in the body.
        below = _BELOW.get(segments[0])
        if below is not None:
            return below(None), segments[1:]
        return Group(segments[0]), segments[1:]

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

    @resource.answers_nothing
    def delete(self) -> None:
        _delete(None)


class Group(resource.Resource):
    """One group.

    :param ident: id of the group.
    """

    def __init__(self, ident: str) -> None:
        self._ident = ident

    def child(self, segments: resource.Segments) -> resource.Below:
        below = _BELOW.get(segments[0])
        return None if below is None else (below(self._ident), segments[1:])

    @resource.answers_json
    def get(self) -> types.Group:
        ident, _ = parsing.read("group", self._ident)
        return types.Group.from_row(_get(ident))

    @resource.answers_nothing
    def delete(self) -> None:
        _delete(self._ident)


class MappingsOfGroup(resource.Resource):
    """The mappings of a group.

    :param ident: id of the group, ``None`` if the path does not contain it.
    """

    def __init__(self, ident: str | None) -> None:
        self._ident = ident

    @resource.answers_json
    def get(self) -> types.Mappings:
        ident, _ = parsing.read("group", self._ident)
        _get(ident)
        found = mappings.find(
            hooks.services().database,
            hashmap_mappings.Filters(group_id=ident),
        )
        return types.Mappings(
            mappings=[types.Mapping.from_row(row) for row in found]
        )


class ThresholdsOfGroup(resource.Resource):
    """The thresholds of a group.

    :param ident: id of the group, ``None`` if the path does not contain it.
    """

    def __init__(self, ident: str | None) -> None:
        self._ident = ident

    @resource.answers_json
    def get(self) -> types.Thresholds:
        ident, _ = parsing.read("group", self._ident)
        _get(ident)
        found = thresholds.find(
            hooks.services().database,
            hashmap_thresholds.Filters(group_id=ident),
        )
        return types.Thresholds(
            thresholds=[types.Threshold.from_row(row) for row in found]
        )


_BELOW = {"mappings": MappingsOfGroup, "thresholds": ThresholdsOfGroup}


def _get(ident: str) -> hashmap_services.Group:
    with problems.answered():
        return owners.group(hooks.services().database, ident)


def _delete(ident: str | None) -> None:
    ident, args = parsing.read("group", ident, "recursive")
    recursive = bool(args.boolean("recursive"))
    with problems.answered():
        owners.delete_group(
            hooks.services().database, ident, recursive=recursive
        )
