# SPDX-License-Identifier: Apache-2.0
"""``.../hashmap/services``."""

from cloudkitty.api import resource
from cloudkitty.api.request import hooks
from cloudkitty.api.v1 import arguments
from cloudkitty.api.v1 import rules
from cloudkitty.api.v1.hashmap import base
from cloudkitty.api.v1.hashmap import fields
from cloudkitty.api.v1.hashmap import mappings
from cloudkitty.api.v1.hashmap import parsing
from cloudkitty.api.v1.hashmap import problems
from cloudkitty.api.v1.hashmap import types
from cloudkitty.db import facade
from cloudkitty.db.rules import mappings as hashmap_mappings
from cloudkitty.db.rules import services as hashmap_services
from cloudkitty.rating.hashmap.editing import owners


class Service(base.Item):
    """One service."""

    kind = "service"

    def child(self, segments: resource.Segments) -> resource.Below:
        if segments[0] == "fields":
            return FieldsOfService(self), segments[1:]
        if segments[0] == "mappings":
            return MappingsOfService(self), segments[1:]
        return None

    def find(
        self, database: facade.Database, ident: str
    ) -> hashmap_services.Service:
        return owners.service(database, ident)

    def show(self) -> types.Service:
        return types.Service.from_row(self.stored())

    def remove(self) -> None:
        ident, _ = parsing.read(self.kind, self.ident)
        with problems.answered():
            owners.delete_service(hooks.services().database, ident)


class Services(rules.Items):
    """All services."""

    item = Service

    @resource.answers_json
    def get(self) -> types.Services:
        arguments.read()
        found = owners.services(hooks.services().database)
        return types.Services(
            services=[types.Service.from_row(row) for row in found]
        )

    @resource.answers_json
    def post(self) -> types.Service:
        args = arguments.read("name", "service_id", required=["name"])
        with problems.answered():
            made = owners.create_service(
                hooks.services().database, parsing.name(args)
            )
        parsing.created(made.service_id)
        return types.Service.from_row(made)


class FieldsOfService(resource.Resource):
    """The fields of a service."""

    def __init__(self, service: Service) -> None:
        self._service = service

    @resource.answers_json
    def get(self) -> types.Fields:
        return fields.listed(self._service.stored().service_id)


class MappingsOfService(resource.Resource):
    """The mappings of a service."""

    def __init__(self, service: Service) -> None:
        self._service = service

    @resource.answers_json
    def get(self) -> types.Mappings:
        service_id = self._service.stored().service_id
        return mappings.listed(hashmap_mappings.Filters(service_id=service_id))
