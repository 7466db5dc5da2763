# SPDX-License-Identifier: Apache-2.0
"""Compare responses with the OpenAPI document, without schemathesis."""

import collections.abc
import functools
import json
import typing

import jsonschema

from cloudkitty.tests import routes
from cloudkitty.tests.functional.api.openapi import shipped


class Responses:
    """The documented responses."""

    def __init__(self) -> None:
        self._document = shipped.closed(shipped.read())
        self._operations = {
            (method, routes.template(path)): operation
            for (method, path), operation in shipped.operations(
                self._document
            ).items()
        }

    def problems(
        self, method: str, path: str, status: int, body: bytes
    ) -> list[str]:
        """Return the differences from the document.

        :param path: decoded. A path with an id may look like another one, so
            one of the operations must fit. Any response of a path that is not
            documented conforms.
        """
        segments = path.rstrip("/").split("/")
        found = [
            self._problems(own_method, template, status, body)
            for own_method, template in self._operations
            if own_method == method and _matches(template, segments)
        ]
        return min(found, key=len, default=[])

    def _problems(
        self, method: str, path: str, status: int, body: bytes
    ) -> list[str]:
        operation = self._operations[method, path]
        response = operation["responses"].get(str(status))
        if response is None:
            return [f"status {status} is not documented"]
        validator = self._validator(method, path, status)
        if validator is None:
            return ["the body is not empty"] if body else []
        if response.get("content", {}).keys() - {"application/json"}:
            # Text, unless the request asked for JSON.
            return []
        return [
            f"{error.json_path}: {error.message}"[:500]
            for error in validator.iter_errors(json.loads(body))
        ]

    @functools.cache  # noqa: B019  # few objects, which live as long as a test
    def _validator(
        self, method: str, path: str, status: int
    ) -> typing.Any | None:
        response = self._operations[method, path]["responses"][str(status)]
        if "$ref" in response:
            name = response["$ref"].rpartition("/")[2]
            response = self._document["components"]["responses"][name]
        media = response.get("content", {}).get("application/json")
        if media is None:
            return None
        return jsonschema.Draft202012Validator(
            media["schema"] | {"components": self._document["components"]}
        )


def _matches(template: str, segments: collections.abc.Sequence[str]) -> bool:
    own = template.rstrip("/").split("/")
    return len(own) == len(segments) and all(
        each in (routes.ID, segment)
        for each, segment in zip(own, segments, strict=True)
    )
