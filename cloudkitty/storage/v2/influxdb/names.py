# SPDX-License-Identifier: Apache-2.0
r"""Names and values of attributes as InfluxDB can store them.

Nearly all texts are stored as they are, a backslash as two, as upstream's
client writes it. The rest is stored with escape sequences of the character
U+241B, the hexadecimal code of a character and a semicolon:

- line breaks, and a backslash at the end, which tags cannot contain;
- in names ``|``, which separates the names in the fields ``groupby`` and
  ``metadata``, and a backslash before a quote, of which the server keeps one
  character in the name of a field;
- the first character of a name that has a meaning in the measurement, and a
  tab at the beginning of a name, which the server skips;
- the empty name.
"""

import functools
import re

from cloudkitty.storage import attributes

MEASUREMENT = "dataframes"
#: Tag with the name of the metric.
TYPE = "type"
#: Tag that distinguishes points of equal tags and time: absent in the first
#: of a period, 1 in the second one; ``a`` and a number if added by clients.
NUMBER = "__ck_n"
#: Fields of every point.
QTY = "qty"
PRICE = "price"
UNIT = "unit"
DESCRIPTION = "description"
GROUPBY = "groupby"
METADATA = "metadata"
PERIOD = "__ck_collect_period"
#: Fields that upstream does not have and ignores: the position of a point in
#: its frame, and decimal numbers that differ from their float.
POSITION = "__ck_seq"
EXACT_QTY = "__ck_qty"
EXACT_PRICE = "__ck_price"

_MARK = "\u241b"
#: Beginnings of names that are not stored as they are.
_BEGINNINGS = ("__ck_", "\t")
_RESERVED = frozenset(
    ("time", "_field", "_measurement", TYPE, QTY, PRICE, UNIT, DESCRIPTION)
    + (GROUPBY, METADATA)
)
_NOT_IN_VALUES = re.compile(rf"[\n\r{_MARK}]|\\\Z")
_NOT_IN_NAMES = re.compile(rf"[\n\r|{_MARK}]|\\(?=\"|\Z)")
_SEQUENCE = re.compile(rf"{_MARK}([0-9a-f]{{0,6}});")
_LARGEST = 0x10FFFF


@functools.lru_cache(maxsize=65536)
def stored_value(text: str) -> str:
    """Return the value of a tag; ``""`` means no tag."""
    return _stored(attributes.clean(text), _NOT_IN_VALUES)


@functools.lru_cache(maxsize=4096)
def stored_name(name: str) -> str:
    """Return the key of the tag or field of an attribute."""
    name = attributes.clean(name)
    if not name or name in _RESERVED or name.startswith(_BEGINNINGS):
        return alias(name)
    return _stored(name, _NOT_IN_NAMES)


def alias(name: str) -> str:
    """Return another key for the same attribute, whose own one is taken."""
    name = attributes.clean(name)
    head = f"{_MARK}{ord(name[0]):x};" if name else f"{_MARK};"
    return head + _stored(name[1:], _NOT_IN_NAMES)


@functools.lru_cache(maxsize=65536)
def original_value(stored: str) -> str:
    """Return the text that ``stored_value`` was given.

    A text of another writer that only looks like one of ours is returned
    unchanged.
    """
    if _MARK not in stored and "\\" not in stored:
        return stored
    text = _original(stored)
    return text if stored_value(text) == stored else stored


@functools.lru_cache(maxsize=4096)
def original_name(stored: str) -> str:
    """Return the name of the attribute with this key."""
    if _MARK not in stored and "\\" not in stored:
        return stored
    name = _original(stored)
    return name if stored in (stored_name(name), alias(name)) else stored


def _stored(text: str, forbidden: re.Pattern[str]) -> str:
    if forbidden.search(text) is None:
        return text.replace("\\", "\\\\")
    return forbidden.sub(
        lambda match: f"{_MARK}{ord(match[0]):x};", text
    ).replace("\\", "\\\\")


def _original(stored: str) -> str:
    return _SEQUENCE.sub(_character, stored.replace("\\\\", "\\"))


def _character(match: re.Match[str]) -> str:
    if not match[1]:
        return ""
    code = int(match[1], 16)
    return chr(code) if code <= _LARGEST else match[0]
