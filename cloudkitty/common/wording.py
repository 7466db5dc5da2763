# SPDX-License-Identifier: Apache-2.0
"""Format values for the texts of errors, in JSON's notation."""

import decimal
import json

#: Characters that are shown of a value.
MOST = 60


def shown(value: object) -> str:
    """Return ``value`` for an error text: ASCII, and shortened.

    A text is in single quotes, so that a body in JSON stays readable.
    """
    text = _json(value)
    return text if len(text) <= MOST else f"{text[:MOST]}..."


def _json(value: object) -> str:
    if isinstance(value, decimal.Decimal):
        return str(value)
    if isinstance(value, str):
        # More than is shown, so that it is seen to be cut.
        inside = _dump(value[: MOST + 1])[1:-1]
        return "'" + inside.replace('\\"', '"') + "'"
    try:
        return _dump(value)
    except RecursionError:
        return "(a deeply nested value)"


def _dump(value: object) -> str:
    # DEL is the only control character that JSON lets pass.
    return json.dumps(value, default=str).replace("\x7f", "\\u007f")
