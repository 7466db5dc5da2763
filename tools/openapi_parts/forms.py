# SPDX-License-Identifier: Apache-2.0
"""Forms of the strings in responses, by the names of their attributes.

The types of the API declare texts. Times and decimal numbers have the same
names everywhere; the exceptions are named with their type.
"""

import typing

from cloudkitty.api.v1.hashmap import types as hashmap_types
from cloudkitty.db.tasks import modes
from cloudkitty.db.tasks import states

Schema = dict[str, typing.Any]

#: Version 1 sends UTC without an offset, version 2 sends +00:00.
TIME: Schema = {
    "type": "string",
    "pattern": r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(\+00:00)?$",
    "examples": ["2026-11-01T00:00:00+00:00"],
}
#: All digits, without an exponent.
DECIMAL: Schema = {
    "type": "string",
    "pattern": r"^-?\d+(\.\d+)?$",
    "examples": ["0.5"],
}
_TIMES = """
    approved_at at begin closed_before created_at current_reprocess_time
    deleted end end_reprocess_time finished_at last_processed_timestamp
    last_seen_at next_attempt_at next_look_at not_before
    scope_activation_toggle_date start start_reprocess_time started_at
    stopped_at
""".split()
_DECIMALS = """
    after before cost difference level price qty rate rating volume
""".split()
_STATES = [state.value for state in states.State]

_BY_NAME: dict[str, Schema] = {
    **{name: TIME for name in _TIMES},
    **{name: DECIMAL for name in _DECIMALS},
    "from_state": {"type": "string", "enum": _STATES},
    "mode": {"type": "string", "enum": list(modes.MODES)},
    "state": {"type": "string", "enum": _STATES},
    "to_state": {"type": "string", "enum": _STATES},
}
_BY_TYPE: dict[tuple[str, str], Schema] = {
    ("v1.hashmap.Mapping", "type"): {
        "type": "string",
        "enum": list(hashmap_types.MAP_TYPES),
    },
    ("v1.hashmap.Threshold", "type"): {
        "type": "string",
        "enum": list(hashmap_types.MAP_TYPES),
    },
    ("v2.scope.Scope", "state"): TIME,
    ("v2.summary.Objects", "format"): {"type": "string", "const": "object"},
    ("v2.summary.Objects", "results"): {
        "type": "array",
        "items": {"type": "object"},
    },
    ("v2.summary.Table", "format"): {"type": "string", "const": "table"},
    ("v2.summary.Table", "results"): {
        "type": "array",
        "items": {"type": "array"},
    },
    ("v2.task.Worker", "kind"): {
        "type": "string",
        "enum": ["rating", "reprocessing"],
    },
}


def refine(component: str, name: str, schema: Schema) -> Schema:
    """Return the schema of an attribute with its form.

    :param component: name of the schema that has the attribute.
    """
    own = _BY_TYPE.get((component, name))
    if own is None and schema == {"type": "string"}:
        own = _BY_NAME.get(name)
    return dict(schema if own is None else own)


def or_null(schema: Schema) -> Schema:
    """Return the schema of the same values and null."""
    if "type" not in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    made = {**schema, "type": [schema["type"], "null"]}
    if "enum" in schema:
        made["enum"] = [*schema["enum"], None]
    return made
