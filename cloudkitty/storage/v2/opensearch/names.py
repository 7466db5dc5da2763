# SPDX-License-Identifier: Apache-2.0
"""Names of attributes as names of fields.

A dot in the name of a field makes an object of its first part, and an empty
name is refused. The characters with a meaning are therefore written as ``%``
and two hexadecimal digits. Names of ordinary labels are not changed, so that
upstream finds them.
"""

import re

from cloudkitty.storage import attributes

_SPECIAL = re.compile(r'[\x00-\x20\x7f"%*.\\]')
_ESCAPED = re.compile("%([0-9A-F]{2})")
#: The escaped empty name.
_EMPTY = "%"


def escape(name: str) -> str:
    """Return the name of the field for an attribute.

    >>> escape("flavor.name")
    'flavor%2Ename'
    """
    name = attributes.clean(name)
    return _SPECIAL.sub(lambda m: f"%{ord(m[0]):02X}", name) or _EMPTY


def unescape(field: str) -> str:
    """Return the attribute whose field has this name."""
    if field == _EMPTY:
        return ""
    return _ESCAPED.sub(lambda m: chr(int(m[1], 16)), field)
