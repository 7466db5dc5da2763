# SPDX-License-Identifier: Apache-2.0
"""``.../hashmap/mappings``."""

from cloudkitty.api import resource
from cloudkitty.api.request import hooks
from cloudkitty.api.v1 import arguments
from cloudkitty.api.v1.hashmap import mapping_parsing
from cloudkitty.api.v1.hashmap import parsing
from cloudkitty.api.v1.hashmap import problems
from cloudkitty.api.v1.hashmap import types
from cloudkitty.db.rules import mappings as hashmap_mappings
from cloudkitty.rating.hashmap.editing import errors as rule_errors
from cloudkitty.rating.hashmap.editing import mappings
from cloudkitty.rating.hashmap.editing import owners


class Mappings(resource.Resource):
    """All mappings."""

    def child(self, segments: resource.Segments) -> resource.Below:
        if segments[0] == "group":
            # This path contains no id: it is in the query or in the body.
            return GroupOfMapping(None), segments[1:]
        return Mapping(segments[0]), segments[1:]

    @resource.answers_json
    def get(self) -> types.Mappings:
        args = arguments.read(*mapping_parsing.FILTERS)
        return _list(
            mapping_parsing.filters(args, hooks.services().clock.now())
        )

    @resource.answers_json
    def post(self) -> types.Mapping:
        args = arguments.read(
            "force", *mapping_parsing.ATTRIBUTES, required=["cost"]
        )
        services = hooks.services()
        new = mapping_parsing.new(args)
        force = bool(args.boolean("force"))
        with problems.answered():
            made = mappings.create(
                services.database,
                new,
                user_id=parsing.user(),
                now=services.clock.now(),
                force=force,
            )
        parsing.created(made.mapping_id)
        return types.Mapping.from_row(made)

    @resource.answers_json
    def put(self) -> types.Mapping:
        return _update(None)

    @resource.answers_nothing
    def delete(self) -> None:
        _delete(None)


class Mapping(resource.Resource):
    """One mapping.

    :param ident: id of the mapping.
    """

    def __init__(self, ident: str) -> None:
        self._ident = ident

    def child(self, segments: resource.Segments) -> resource.Below:
        if segments[0] == "group":
            return GroupOfMapping(self._ident), segments[1:]
        return None

    @resource.answers_json
    def get(self) -> types.Mapping:
        ident, _ = parsing.read("mapping", self._ident)
        return types.Mapping.from_row(_get(ident))

    @resource.answers_json
    def put(self) -> types.Mapping:
        return _update(self._ident)

    @resource.answers_nothing
    def delete(self) -> None:
        _delete(self._ident)


class GroupOfMapping(resource.Resource):
    """The group of a mapping.

    :param ident: id of the mapping, ``None`` if the path does not contain it.
    """

    def __init__(self, ident: str | None) -> None:
        self._ident = ident

    @resource.answers_json
    def get(self) -> types.Group:
        ident, _ = parsing.read("mapping", self._ident)
        found = _get(ident)
        with problems.answered():
            if found.group_id is None:
                raise rule_errors.NoGroup("mapping")
            group = owners.group(hooks.services().database, found.group_id)
        return types.Group.from_row(group)


class MappingsOfService(resource.Resource):
    """The mappings of a service.

    :param service_id: id of the service, from the path.
    """

    def __init__(self, service_id: str) -> None:
        self._service_id = service_id

    @resource.answers_json
    def get(self) -> types.Mappings:
        ident, _ = parsing.read("service", self._service_id)
        with problems.answered():
            owners.service(hooks.services().database, ident)
        return _list(hashmap_mappings.Filters(service_id=ident))


def _list(filters: hashmap_mappings.Filters) -> types.Mappings:
    found = mappings.find(hooks.services().database, filters)
    return types.Mappings(
        mappings=[types.Mapping.from_row(row) for row in found]
    )


def _get(ident: str) -> hashmap_mappings.Mapping[str]:
    with problems.answered():
        return mappings.get(hooks.services().database, ident)


def _update(ident: str | None) -> types.Mapping:
    ident, args = parsing.read(
        "mapping", ident, *mapping_parsing.ATTRIBUTES, required=["cost"]
    )
    services = hooks.services()
    given = mapping_parsing.given(args)
    with problems.answered():
        changed = mappings.update(
            services.database,
            ident,
            given,
            user_id=parsing.user(),
            now=services.clock.now(),
        )
    return types.Mapping.from_row(changed)


def _delete(ident: str | None) -> None:
    ident, _ = parsing.read("mapping", ident)
    services = hooks.services()
    with problems.answered():
        mappings.delete(
            services.database,
            ident,
            user_id=parsing.user(),
            now=services.clock.now(),
        )
