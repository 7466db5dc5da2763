# SPDX-License-Identifier: Apache-2.0
"""One operation of the document."""

import re
import typing

from oslo_policy import policy

from cloudkitty.api import resource
from cloudkitty.api.v1 import rules as v1_rules
from openapi_parts import arguments
from openapi_parts import errors
from openapi_parts import reference
from openapi_parts import schemas

Schema = dict[str, typing.Any]

#: In version 1 the arguments of these methods may be in a body, but a body
#: has no defined meaning there: the document shows them in the query.
_WITHOUT_BODY = ("GET", "DELETE")
_BY_ITEM = {"get": "show", "put": "change"}
_UNAVAILABLE = (
    "The database, the message bus or a processor does not respond. Retry "
    "later."
)
_REQUEST_ID: Schema = {"$ref": "#/components/headers/RequestId"}
_LOCATION: Schema = {"$ref": "#/components/headers/Location"}
_NO_BODY = ("204",)


def returned(found: resource.Resource, method: str) -> object:
    """Return the annotation of the result of a handler."""
    owner, name = type(found), method.lower()
    if isinstance(found, v1_rules.Items) and name == "put":
        owner = found.item
    if issubclass(owner, v1_rules.Item):
        name = _BY_ITEM.get(name, name)
    return getattr(owner, name).__annotations__["return"]


class Builder:
    """Builds operations.

    :param rules: (method, path with ``{}``) to the rules of the operation.
    """

    def __init__(
        self,
        components: schemas.Components,
        failures: errors.Responses,
        rules: dict[tuple[str, str], list[policy.RuleDefault]],
    ) -> None:
        self._components = components
        self._failures = failures
        self._rules = rules

    def build(
        self,
        described: reference.Operation,
        path: str,
        names: dict[str, str],
        annotation: object,
    ) -> Schema:
        """Return an operation.

        :param path: its path with ``{}`` for each id.
        :param names: names of the ids of the operation in the API reference
            to those in the document.
        :param annotation: type of the result of its handler.
        """
        own = self._rules.get((described.method, path), [])
        made: Schema = {
            "operationId": _operation_id(described),
            "tags": [described.tag],
            "summary": described.title,
            "description": described.text,
            "parameters": _parameters(described, names),
            "requestBody": _request_body(described),
            "responses": self._responses(described, annotation, bool(own)),
            "security": None if own else [],
            "x-openstack-policy": [
                {"rule": rule.name, "default": rule.check_str} for rule in own
            ],
            "deprecated": "deprecated" in described.title + described.tag,
        }
        return {
            key: value
            for key, value in made.items()
            if value or (key == "security" and value is not None)
        }

    def _responses(
        self, described: reference.Operation, annotation: object, secured: bool
    ) -> Schema:
        texts = dict(described.statuses)
        if secured:
            texts.setdefault("503", _UNAVAILABLE)
        return {
            status: self._response(described, annotation, status, text)
            for status, text in sorted(texts.items())
        }

    def _response(
        self,
        described: reference.Operation,
        annotation: object,
        status: str,
        text: str,
    ) -> Schema:
        if status >= "400":
            return self._failures.of(described.path, status, text)
        made: Schema = {"description": text, "headers": {}}
        made["headers"]["X-OpenStack-Request-ID"] = _REQUEST_ID
        if "header `Location`" in text:
            made["headers"]["Location"] = _LOCATION
        if status not in _NO_BODY:
            made["content"] = {
                "application/json": self._content(described, annotation)
            }
        return made

    def _content(
        self, described: reference.Operation, annotation: object
    ) -> Schema:
        schema = self._components.of(annotation)
        self._describe(schema, {p.name: p.text for p in described.response})
        samples = described.samples["Response"]
        return {"schema": schema} | _examples(samples)

    def _describe(self, schema: Schema, texts: dict[str, str]) -> None:
        """Add the texts of attributes, each to the first that has its name."""
        waiting = list(schemas.referred(schema))
        seen: set[str] = set()
        while waiting and texts:
            name = waiting.pop(0)
            if name in seen:
                continue
            seen.add(name)
            component = self._components.schemas[name]
            for key, value in component.get("properties", {}).items():
                text = texts.pop(key, None)
                if text is not None:
                    value.setdefault("description", text)
            waiting.extend(schemas.referred(component))


def _parameters(
    described: reference.Operation, names: dict[str, str]
) -> list[Schema]:
    found = []
    for each in described.request:
        place = each.place
        if place == "body":
            if described.method not in _WITHOUT_BODY:
                continue
            place = "query"
        found.append(
            {
                "name": names.get(each.name, each.name),
                "in": place,
                "required": each.required,
                "description": each.text,
                "schema": arguments.schema(each),
            }
        )
    return found


def _request_body(described: reference.Operation) -> Schema | None:
    if described.method in _WITHOUT_BODY:
        return None
    keys = [
        each
        for each in described.request
        if each.place == "body" and each.reference not in arguments.PARTS
    ]
    if not keys:
        return None
    required = [each.name for each in keys if each.required]
    schema: Schema = {
        "type": "object",
        "properties": {
            each.name: {"description": each.text, **arguments.schema(each)}
            for each in keys
        },
        "additionalProperties": False,
    }
    if required:
        schema["required"] = required
    content = {"schema": schema} | _examples(described.samples["Request"])
    return {"required": True, "content": {"application/json": content}}


def _examples(samples: list[typing.Any]) -> Schema:
    if not samples:
        return {}
    return {
        "examples": {
            f"sample-{number}": {"value": sample}
            for number, sample in enumerate(samples, 1)
        }
    }


def _operation_id(described: reference.Operation) -> str:
    """Return a name such as ``get_v2_task_by_id``."""
    path = re.sub(r"\{(\w+)\}", r"by_\1", described.path)
    words = re.findall(r"\w+", path) or ["versions"]
    return "_".join([described.method.lower(), *words])
