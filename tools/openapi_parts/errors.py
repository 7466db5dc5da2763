# SPDX-License-Identifier: Apache-2.0
"""Error responses in the document."""

import http
import re
import typing

Schema = dict[str, typing.Any]

_TEXT: Schema = {"type": "string"}
_ONE: Schema = {
    "type": "object",
    "properties": {
        "status": {"type": "integer"},
        "code": {
            "type": "string",
            "pattern": r"^rating\.",
            "description": "A published code; its meaning never changes.",
        },
        "title": _TEXT,
        "detail": {
            "type": "string",
            "description": "The problem, and what to send instead.",
        },
        "request_id": {"type": ["string", "null"]},
    },
    "required": ["status", "code", "title", "detail", "request_id"],
}
_BOTH: dict[str, Schema] = {
    "message": {
        "type": "string",
        "description": "The problem, and what to send instead.",
    },
    "errors": {
        "type": "array",
        "items": _ONE,
        "minItems": 1,
        "maxItems": 1,
    },
}
_FAULT: dict[str, Schema] = {
    "faultcode": {"type": "string", "enum": ["Client", "Server"]},
    "faultstring": {
        "type": "string",
        "description": "The same text as `message`.",
    },
    "debuginfo": {"type": "null"},
}
#: Schemas of the body of an error.
SCHEMAS: dict[str, Schema] = {
    "Error": {
        "type": "object",
        "description": "Body of an error.",
        "properties": _BOTH,
        "required": list(_BOTH),
    },
    "v1.Error": {
        "type": "object",
        "description": "Body of an error of version 1, with its fault.",
        "properties": _BOTH | _FAULT,
        "required": [*_BOTH, *_FAULT],
    },
}


_HEADERS: Schema = {
    "X-OpenStack-Request-ID": {"$ref": "#/components/headers/RequestId"}
}
_ALLOW: Schema = {"Allow": {"$ref": "#/components/headers/Allow"}}


class Responses:
    """The error responses, filled by ``of``."""

    def __init__(self) -> None:
        self.named: dict[str, Schema] = {}

    def of(self, path: str, status: str, text: str) -> Schema:
        """Return the reference to a response.

        :param text: its description.
        """
        version = "v1." if path.split("/")[1] == "v1" else ""
        response = {
            "description": text,
            "headers": _HEADERS | (_ALLOW if status == "405" else {}),
            "content": {
                "application/json": {
                    "schema": {"$ref": f"#/components/schemas/{version}Error"}
                }
            },
        }
        phrase = re.sub(r"\W", "", http.HTTPStatus(int(status)).phrase)
        number, name = 1, f"{version}{phrase}"
        # Some operations describe the same status in more detail.
        while self.named.setdefault(name, response) != response:
            number += 1
            name = f"{version}{phrase}{number}"
        return {"$ref": f"#/components/responses/{name}"}
