# SPDX-License-Identifier: Apache-2.0
"""The columns that a caller of a summary chooses: ``custom_fields``.

CloudKitty 25 passes the text to InfluxDB as a select list. Here it is parsed,
so that only the listed functions and fields are possible.
"""

import collections.abc
import dataclasses
import re

FUNCTIONS = ("count", "first", "last", "max", "mean", "min", "sum")
FIELDS = ("price", "qty", "unit")
#: Fields of text, and the functions that they have.
_TEXTS = frozenset(("unit",))
_OF_TEXTS = ("count", "first", "last")
#: Maximum number of columns.
MOST = 20

_ITEM = re.compile(
    r"""\s*(?P<function>\w+)\s*\(\s*"?(?P<field>\w+)"?\s*\)
    (?:\s+as\s+(?P<quote>"?)(?P<alias>[A-Za-z_][A-Za-z0-9_]{0,63})(?P=quote))?
    \s*""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)


@dataclasses.dataclass(frozen=True, slots=True)
class CustomField:
    """One column.

    :param function: one of ``FUNCTIONS``.
    :param field: one of ``FIELDS``.
    :param alias: name of the column.
    """

    function: str
    field: str
    alias: str


def parse(text: str) -> tuple[CustomField, ...]:
    """Return the columns of a list such as ``SUM(qty) AS q, MAX(price)``.

    A column without an alias has the name of its function, with ``_1``,
    ``_2`` from its second use on, as InfluxDB names it.

    :raises ValueError: the text says what is wrong with which item.
    """
    items = text.split(",")
    if len(items) > MOST:
        raise ValueError(f"has {len(items)} columns, and at most {MOST} fit")
    found: dict[str, CustomField] = {}
    for item in items:
        match = _ITEM.fullmatch(item)
        if match is None:
            raise ValueError("has an item that is not FUNCTION(field) AS name")
        function, field = match["function"].lower(), match["field"]
        _check(function, field)
        alias = match["alias"] or _free(function, found)
        if alias in found:
            raise ValueError(f"has two columns with the name {alias}")
        found[alias] = CustomField(function, field, alias)
    return tuple(found.values())


def _check(function: str, field: str) -> None:
    for word, allowed in ((function, FUNCTIONS), (field, FIELDS)):
        if word not in allowed:
            raise ValueError(
                f"contains {word}, which is none of {', '.join(allowed)}"
            )
    if field in _TEXTS and function not in _OF_TEXTS:
        raise ValueError(
            f"contains {function}({field}), and {field} only has "
            f"{', '.join(_OF_TEXTS)}"
        )


def _free(name: str, taken: collections.abc.Container[str]) -> str:
    number, found = 0, name
    while found in taken:
        number += 1
        found = f"{name}_{number}"
    return found
