# SPDX-License-Identifier: Apache-2.0
"""Requests as commands for a shell, in lines of at most 80 columns.

They use the variable RATING, the address of the API.
"""

import json
import re

#: What a line may have besides the continuation.
_COLUMNS = 76


def variable(url: str) -> str:
    """Return the line that sets the variable."""
    return f"    RATING={url}"


def get(path: str) -> str:
    """Return the command for a GET."""
    return f"    curl -s \\\n{_quoted(path)}"


def send(method: str, path: str, body: object = None) -> str:
    """Return the command for a request that changes something."""
    line = f"    curl -s -X {method} \\\n{_quoted(path)}"
    if body is None:
        return line
    return (
        f"{line} \\\n"
        "        -H 'Content-Type: application/json' \\\n"
        f"        -d '{_json(body)}'"
    )


def client(words: str) -> str:
    """Return the command of the stock client."""
    return (
        "    cloudkitty --os-auth-type cloudkitty-noauth "
        f'--os-endpoint "$RATING" \\\n        {words}'
    )


def _json(body: object) -> str:
    text = json.dumps(body)
    if len(text) + 12 <= _COLUMNS:
        return text
    return json.dumps(body, indent=2).replace("\n", "\n        ")


def _quoted(path: str) -> str:
    """Return the URL in double quotes, in which a line may be continued."""
    lines = ['        "$RATING']
    for part in re.findall(r"[^/?&]*[/?&]|[^/?&]+$", path):
        if len(lines[-1]) + len(part) > _COLUMNS:
            lines[-1] += "\\"
            lines.append("")
        lines[-1] += part
    return "\n".join(lines) + '"'
