# SPDX-License-Identifier: Apache-2.0
"""JSON schemas of the types that handlers return.

A handler's annotation is a WSME type, a TypedDict, or lists, dicts and unions
of them.
"""

import collections.abc
import inspect
import types
import typing

import wsme.types

from cloudkitty.api import ordered
from cloudkitty.api import timestamps
from openapi_parts import forms

Schema = forms.Schema

_PLAIN: dict[object, Schema] = {
    bool: {"type": "boolean"},
    float: {"type": "number"},
    int: {"type": "integer"},
    str: {"type": "string"},
    typing.Any: {},
}
_PREFIX = "#/components/schemas/"


class Components:
    """The named schemas, filled by ``of``."""

    def __init__(self) -> None:
        self.schemas: dict[str, Schema] = {}
        self._origins: dict[str, object] = {}

    def of(self, annotation: typing.Any) -> Schema:
        """Return the schema of a type; objects become references.

        :raises TypeError: if the type has no schema.
        """
        if annotation in _PLAIN:
            return dict(_PLAIN[annotation])
        if isinstance(annotation, type) and issubclass(
            annotation, wsme.types.Base
        ):
            return self._named(annotation, self._wsme)
        origin = typing.get_origin(annotation) or annotation
        if typing.is_typeddict(origin):
            return self._named(annotation, self._typed_dict)
        found = self._of_generic(annotation) or _of_user_type(annotation)
        if found is not None:
            return found
        raise TypeError(f"{annotation!r} has no schema: annotate the handler")

    def _of_generic(self, annotation: typing.Any) -> Schema | None:
        origin = typing.get_origin(annotation)
        arguments = typing.get_args(annotation)
        if origin is typing.Annotated:
            return self.of(arguments[1])
        if origin is typing.NotRequired:
            return self.of(arguments[0])
        if origin in (typing.Union, types.UnionType):
            return {"anyOf": [self.of(each) for each in arguments]}
        if isinstance(annotation, wsme.types.ArrayType):
            arguments, origin = (annotation.item_type,), list
        if isinstance(annotation, wsme.types.DictType):
            arguments, origin = (str, annotation.value_type), dict
        if origin is list:
            return {"type": "array", "items": self.of(arguments[0])}
        if origin is dict:
            values = self.of(arguments[1])
            return {"type": "object", "additionalProperties": values or True}
        return None

    def _named(
        self,
        annotation: typing.Any,
        make: collections.abc.Callable[[str, typing.Any], Schema],
    ) -> Schema:
        name = _name(annotation)
        known = self._origins.setdefault(name, annotation)
        if known != annotation:
            raise TypeError(f"{known} and {annotation} are both {name}")
        if name not in self.schemas:
            # Set before its attributes, which may refer to it.
            self.schemas[name] = {}
            self.schemas[name] = make(name, annotation)
        return {"$ref": _PREFIX + name}

    def _wsme(self, component: str, datatype: typing.Any) -> Schema:
        properties, required = {}, []
        for attribute in wsme.types.list_attributes(datatype):
            schema = forms.refine(
                component, attribute.name, self.of(attribute.datatype)
            )
            own = isinstance(attribute, ordered.Attribute)
            if own and attribute.nullable:
                schema = forms.or_null(schema)
            properties[attribute.name] = schema
            if not (own and attribute.optional):
                required.append(attribute.name)
        return _object(datatype, properties, required)

    def _typed_dict(self, component: str, annotation: typing.Any) -> Schema:
        origin = typing.get_origin(annotation) or annotation
        values = dict(
            zip(
                getattr(origin, "__parameters__", ()),
                typing.get_args(annotation),
                strict=True,
            )
        )
        hints = typing.get_type_hints(origin, include_extras=True)
        properties = {
            name: forms.refine(component, name, self.of(_filled(hint, values)))
            for name, hint in hints.items()
        }
        required = origin.__required_keys__
        return _object(
            origin,
            properties,
            [name for name in properties if name in required],
        )


def referred(schema: typing.Any) -> collections.abc.Iterator[str]:
    """Yield the names of the components to which a schema refers."""
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield schema["$ref"].removeprefix(_PREFIX)
        for value in schema.values():
            yield from referred(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from referred(value)


def _of_user_type(annotation: typing.Any) -> Schema | None:
    if isinstance(annotation, timestamps.Number):
        return {"type": "number"}
    # Its users have schemas of their own in ``forms``.
    return {} if isinstance(annotation, wsme.types.UserType) else None


def _filled(hint: typing.Any, values: dict[typing.Any, typing.Any]) -> object:
    """Return a type with values for its type variables."""
    if hint in values:
        return values[hint]
    parameters = getattr(hint, "__parameters__", ())
    if not parameters:
        return hint
    return hint[tuple(values[each] for each in parameters)]


def _name(annotation: typing.Any) -> str:
    """Return a name such as ``v2.task.Batch``, or ``Envelope.v2...``."""
    if typing.get_origin(annotation) is typing.Annotated:
        annotation = typing.get_args(annotation)[1]
    origin = typing.get_origin(annotation) or annotation
    parts = origin.__module__.removeprefix("cloudkitty.api.").split(".")[:-1]
    own = ".".join([*(p for p in parts if p != "request"), origin.__name__])
    return ".".join([own, *map(_name, typing.get_args(annotation))])


def _object(
    datatype: type, properties: dict[str, Schema], required: list[str]
) -> Schema:
    made: Schema = {"type": "object"}
    text = inspect.getdoc(datatype)
    if text:
        made["description"] = " ".join(text.split("\n\n")[0].split())
    made["properties"] = properties
    if required:
        made["required"] = required
    return made
