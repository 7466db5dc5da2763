# SPDX-License-Identifier: Apache-2.0
"""Format values and lists for the texts of errors."""

import collections.abc
import decimal
import json

#: Characters that are shown of a value.
MOST = 60


def shown(value: object) -> str:
    """Return ``value`` for an error text: JSON in ASCII, and shortened.

    A text is in single quotes, so that a body in JSON stays readable.
    """
    text = _json(value)
    return text if len(text) <= MOST else f"{text[:MOST]}..."


def listed(
    items: collections.abc.Sequence[object], most: int, separator: str = ", "
) -> str:
    """Return the first ``most`` items as text, with the number of others."""
    text = separator.join(str(item) for item in items[:most])
    more = len(items) - most
    return f"{text} and {more} more" if more > 0 else text


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
