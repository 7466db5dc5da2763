# SPDX-License-Identifier: Apache-2.0
"""Values that exist, in the schemas of a document.

Without them, nearly all generated requests would be about ids that do not
exist.
"""

import copy
import typing

Values = dict[str, list[typing.Any]]


def only(document: dict[str, typing.Any], known: Values) -> dict:
    """Return the document with ``known`` values of arguments, by name.

    The other arguments keep their schemas.
    """
    made = copy.deepcopy(document)
    for methods in made["paths"].values():
        for operation in methods.values():
            for parameter in operation.get("parameters", []):
                if parameter["name"] in known:
                    values = known[parameter["name"]]
                    parameter["schema"] = {"enum": values}
            content = operation.get("requestBody", {}).get("content", {})
            for media in content.values():
                _replace(media["schema"]["properties"], known)
    return made


def _replace(properties: dict[str, typing.Any], known: Values) -> None:
    for name, schema in properties.items():
        if name in known and schema.get("type") != "object":
            properties[name] = {"enum": known[name]}
