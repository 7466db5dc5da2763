# SPDX-License-Identifier: Apache-2.0
"""The OpenAPI document of the API reference."""

import copy
import json
import pathlib
import typing

TOP = pathlib.Path(__file__).resolve().parents[5]
FILE = TOP / "api-ref" / "source" / "openapi.json"


def read() -> dict[str, typing.Any]:
    """Return the document."""
    return json.loads(FILE.read_text(encoding="utf-8"))


def closed(document: dict[str, typing.Any]) -> dict[str, typing.Any]:
    """Return the document with schemas that permit no other attributes.

    The document itself permits them, because releases add attributes. The API
    must not return one that the document does not contain.
    """
    made = copy.deepcopy(document)
    _close(made["components"]["schemas"])
    return made


def operations(
    document: dict[str, typing.Any],
) -> dict[tuple[str, str], dict[str, typing.Any]]:
    """Return (method, path) to the operations."""
    return {
        (method.upper(), path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def _close(schema: object) -> None:
    if isinstance(schema, list):
        for each in schema:
            _close(each)
    if isinstance(schema, dict):
        for each in schema.values():
            _close(each)
        if schema.get("type") == "object" and "properties" in schema:
            schema.setdefault("additionalProperties", False)
