# SPDX-License-Identifier: Apache-2.0
"""JSON schemas of the arguments of requests.

The API reference has their names, types and texts. What it says in words is
here as a schema: choices, limits and the content of objects.
"""

import typing

from cloudkitty.api.request import validate
from cloudkitty.api.request import validate_number
from cloudkitty.api.v1.hashmap import types as hashmap_types
from cloudkitty.api.v2.summary import controllers as summary
from cloudkitty.db.tasks import modes
from cloudkitty.db.tasks import states
from openapi_parts import reference

Schema = dict[str, typing.Any]

_TEXT: Schema = {
    "type": "string",
    "minLength": 1,
    "maxLength": validate.MAX_TEXT,
}
_TEXTS: Schema = {
    "type": "array",
    "items": _TEXT,
    "minItems": 1,
    "maxItems": validate.MAX_ITEMS,
}
_TEXT_OR_TEXTS: Schema = {"anyOf": [_TEXT, _TEXTS]}
#: A string has all digits; clients read and send it unchanged.
_DECIMAL: Schema = {
    "anyOf": [
        {"type": "string", "pattern": r"^[+-]?\d{1,12}(\.\d{1,8})?$"},
        {"type": "number"},
    ]
}
_TIME: Schema = {"type": "string", "format": "date-time"}
_BY_KIND: dict[str, Schema] = {
    "array": _TEXTS,
    "boolean": {"type": "boolean"},
    "integer": {"type": "integer"},
    "object": {"type": "object"},
    "string": {"type": "string"},
    "string or array": _TEXT_OR_TEXTS,
}
_TIMES = """
    begin closed_before created_after created_at created_before end
    end_reprocess_time last_processed_timestamp not_before start
    start_reprocess_time
""".split()


def _object(required: str, optional: str = "", **values: Schema) -> Schema:
    names = [*required.split(), *optional.split()]
    return {
        "type": "object",
        "properties": {name: values[name] for name in names},
        **({"required": required.split()} if required else {}),
        "additionalProperties": False,
    }


_ATTRIBUTES: Schema = {"type": "object", "additionalProperties": True}
_POINT = _object(
    "vol groupby metadata",
    "rating",
    vol=_object("unit qty", unit={"type": "string"}, qty=_DECIMAL),
    rating=_object("price", price=_DECIMAL),
    groupby=_ATTRIBUTES,
    metadata=_ATTRIBUTES,
)
_DATAFRAME = _object(
    "period usage",
    period=_object("begin end", begin=_TIME, end=_TIME),
    usage={
        "type": "object",
        "additionalProperties": {"type": "array", "items": _POINT},
    },
)
_SCALAR: Schema = {"type": ["string", "number"]}
_SCALARS: Schema = {"type": "object", "additionalProperties": _SCALAR}
_RESOURCE = _object(
    "service desc volume",
    service=_TEXT,
    desc={
        "type": "object",
        "properties": {"groupby": _SCALARS, "metadata": _SCALARS},
        "additionalProperties": _SCALAR,
    },
    volume=_DECIMAL,
)
_FILTERS = _object(
    "",
    "state scope_id batch_id reason",
    state=_TEXT_OR_TEXTS,
    scope_id=_TEXT_OR_TEXTS,
    batch_id=_TEXT_OR_TEXTS,
    reason={"type": "string"},
) | {"minProperties": 1}

_LIMIT: Schema = {
    "type": "integer",
    "minimum": 1,
    "maximum": validate_number.MAX_INTEGER,
}
_POSITION: Schema = {
    "type": "integer",
    "minimum": 0,
    "maximum": validate_number.MAX_INTEGER,
}
#: By the reference of a parameter in the API reference.
_BY_REFERENCE: dict[str, Schema] = {
    "dataframes_new": {"type": "array", "items": _DATAFRAME, "minItems": 1},
    "filters_body": _FILTERS,
    "quote_resources": {"type": "array", "items": _RESOURCE},
    "state_body": {"type": "string", "enum": [str(s) for s in states.ACTIONS]},
}
#: By place and name.
_BY_PLACE: dict[tuple[str, str], Schema] = {
    ("body", "mode"): {"type": "string", "enum": list(modes.MODES)},
    ("path", "id"): _POSITION,
    ("query", "active"): {"type": "integer", "enum": [0, 1]},
    ("query", "order"): {"type": "string", "enum": ["asc", "desc"]},
    ("query", "response_format"): {
        "type": "string",
        "enum": list(summary.FORMATS),
    },
}
_BY_NAME: dict[str, Schema] = {
    **{name: _TIME for name in _TIMES},
    "cost": _DECIMAL,
    "level": _DECIMAL,
    "limit": _LIMIT,
    "max_running": _LIMIT,
    "offset": _POSITION,
    "priority": {
        "type": "integer",
        "minimum": -validate_number.MAX_INTEGER,
        "maximum": validate_number.MAX_INTEGER,
        "not": {"const": 0},
    },
    "type": {"type": "string", "enum": list(hashmap_types.MAP_TYPES)},
}
#: Parts of another parameter, which the API reference lists beside it.
PARTS = frozenset(
    "dataframes_period dataframes_usage vol_new rating_new groupby_new "
    "metadata_new quote_service quote_desc quote_volume".split()
)


def schema(parameter: reference.Parameter) -> Schema:
    """Return the schema of a parameter of a request."""
    found = (
        _BY_REFERENCE.get(parameter.reference)
        or _BY_PLACE.get((parameter.place, parameter.name))
        or _BY_NAME.get(parameter.name)
    )
    if found is None and parameter.name == "hot-config":
        return {}
    return dict(found or _BY_KIND[parameter.kind])
