# SPDX-License-Identifier: Apache-2.0
"""The operation of ``/healthcheck``, an application beside the API.

It is no route of the API, has no policy, and chooses the form of its response
by the header ``Accept``.
"""

import typing

from openapi_parts import reference

Schema = dict[str, typing.Any]

METHOD, PATH = "GET", "/healthcheck"
_TEXT: Schema = {"type": "string"}
_DETAILED: Schema = {
    "type": "object",
    "properties": {"class": _TEXT, "details": _TEXT, "reason": _TEXT},
    "required": ["class", "details", "reason"],
}


def build(described: reference.Operation) -> Schema:
    """Return the operation."""
    return {
        "operationId": "get_healthcheck",
        "tags": [described.tag],
        "summary": described.title,
        "description": described.text,
        "responses": {
            status: _response(described, text, status == "200")
            for status, text in sorted(described.statuses.items())
        },
        "security": [],
    }


def schemas(described: reference.Operation) -> dict[str, Schema]:
    """Return the schema of the body by its name."""
    texts = {each.name: each.text for each in described.response}
    return {
        "Health": {
            "type": "object",
            "properties": {
                "detailed": {
                    "type": "boolean",
                    "description": texts["detailed"],
                },
                "reasons": {
                    "type": "array",
                    "items": {"anyOf": [_TEXT, _DETAILED]},
                    "description": texts["reasons"],
                },
            },
            "required": ["detailed", "reasons"],
        }
    }


def _response(
    described: reference.Operation, text: str, healthy: bool
) -> Schema:
    media: Schema = {"schema": {"$ref": "#/components/schemas/Health"}}
    if healthy:
        media["examples"] = {
            f"sample-{number}": {"value": sample}
            for number, sample in enumerate(described.samples["Response"], 1)
        }
    return {
        "description": text,
        "headers": {
            "X-OpenStack-Request-ID": {
                "$ref": "#/components/headers/RequestId"
            }
        },
        "content": {
            "application/json": media,
            "text/html": {"schema": _TEXT},
            "text/plain": {"schema": _TEXT},
        },
    }
