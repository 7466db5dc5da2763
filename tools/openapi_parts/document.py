# SPDX-License-Identifier: Apache-2.0
"""The whole document."""

import re
import typing

from cloudkitty import conf as ck_conf
from cloudkitty.db import facade
from cloudkitty.tests import routes
from cloudkitty.tests.fakes import api
from openapi_parts import errors
from openapi_parts import health
from openapi_parts import operations
from openapi_parts import reference
from openapi_parts import schemas

Schema = dict[str, typing.Any]

_TEXT = """\
The rating API of OpenStack, versions 1 and 2. Responses are JSON.

Numbers have all digits and no exponent: JSON numbers in version 2, strings in
version 1 and in the totals of tasks. Parse JSON numbers as decimals.

Times are ISO 8601. A time without an offset is UTC. Responses have times in
UTC, in version 1 without an offset.

In version 1 each argument may be in the query or in the body, which is a JSON
object, with every method; the document shows the usual place. `/v1/billing`
is an alias of `/v1/rating`, and a trailing slash is ignored.

`x-openstack-policy` has the policy rules of an operation and their defaults;
a rule for `force` or `closed_before` is only checked if it is sent.
"""
_HEADERS: Schema = {
    "Allow": {
        "description": "The supported methods.",
        "required": True,
        "schema": {"type": "string"},
    },
    "Location": {
        "description": "URL of the resource, or of the tasks.",
        "required": True,
        "schema": {"type": "string"},
    },
    "RequestId": {
        "description": "Part of the log lines of the request.",
        "required": True,
        "schema": {"type": "string"},
    },
}
_TOKEN: Schema = {
    "type": "apiKey",
    "in": "header",
    "name": "X-Auth-Token",
    "description": "A project-scoped token of Keystone.",
}


def build() -> Schema:
    """Return the document.

    :raises LookupError: if the API reference lacks a route, or describes a
        path that does not exist.
    """
    described = _by_operation(reference.read())
    components = schemas.Components()
    services = _services()
    failures = errors.Responses()
    builder = operations.Builder(
        components, failures, routes.operations(services.conf)
    )
    own_health = described.pop((health.METHOD, health.PATH))
    paths: Schema = {
        health.PATH: {health.METHOD.lower(): health.build(own_health)}
    }
    for route in _routes(services):
        for method in route.methods:
            operation = described.pop((method, route.path), None)
            if operation is None:
                raise LookupError(f"{method} {route.path} is not described")
            own, names = _path(paths, operation)
            paths.setdefault(own, {})[method.lower()] = builder.build(
                operation,
                route.path,
                names,
                operations.returned(route.resource, method),
            )
    if described:
        raise LookupError(f"{sorted(described)} do not exist")
    components.schemas.update(health.schemas(own_health))
    return _document(paths, components, failures)


def _document(
    paths: Schema, components: schemas.Components, failures: errors.Responses
) -> Schema:
    tags = dict.fromkeys(
        operation["tags"][0]
        for methods in paths.values()
        for operation in methods.values()
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "CloudKitty rating API",
            "version": "2",
            "description": _TEXT,
            "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"},
        },
        "servers": [
            {
                "url": "/",
                "description": "Endpoint of the service type rating, which "
                "has no version.",
            }
        ],
        "security": [{"token": []}],
        "tags": [{"name": name} for name in tags],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(
                sorted((components.schemas | errors.SCHEMAS).items())
            ),
            "responses": dict(sorted(failures.named.items())),
            "headers": _HEADERS,
            "securitySchemes": {"token": _TOKEN},
        },
    }


def _routes(services: typing.Any) -> list[routes.Route]:
    """Return the routes of this package, each once."""
    return [
        route
        for route in routes.find(services)
        if route.path == routes.without_alias(route.path)
        # Other packages may be installed too.
        and type(route.resource).__module__.startswith("cloudkitty.api.")
    ]


def _services() -> typing.Any:
    """Return services that permit the walk and connect to nothing."""
    conf = ck_conf.make(argv=[], default_config_files=[])
    conf.set_override("auth_strategy", "noauth")
    conf.set_override("connection", "sqlite://", group="database")
    return api.services_of(conf, facade.Database(conf))


def _by_operation(
    found: list[reference.Operation],
) -> dict[tuple[str, str], reference.Operation]:
    return {(each.method, routes.template(each.path)): each for each in found}


def _path(
    paths: Schema, operation: reference.Operation
) -> tuple[str, dict[str, str]]:
    """Return the path of an operation, and the new names of its ids.

    The ids of one path have the same names for all methods.
    """
    own = operation.path
    same = routes.template(own)
    known = next((p for p in paths if routes.template(p) == same), own)
    ids = (re.findall(r"\{(\w+)\}", path) for path in (own, known))
    return known, dict(zip(*ids, strict=True))
