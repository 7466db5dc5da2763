# SPDX-License-Identifier: Apache-2.0
"""WSME types of which one answer has hundreds.

WSME looks every attribute of every object up three times: to check it, to
keep it, and to write it. Here that is done once a type; what is on the wire,
and what is refused, is the same.
"""

import functools
import types
import typing

import wsme.rest.json
import wsme.types

#: Values that JSON takes as they are.
_PLAIN = (bool, float, int, str)


class Rendered(str):
    """The JSON text of an object, to be sent as it is."""

    __slots__ = ()


class _Other:
    """No value's type: WSME itself is to look at the value."""


class Type(wsme.types.Base):
    """A base for types that lists are made of, as ``wsme.types.Base`` is."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        # WSME itself begins with the attributes that a subclass adds.
        inherited = getattr(cls, "_wsme_attr_order", ())
        own = [
            name
            for name in vars(cls)
            if not name.startswith("_")
            and wsme.types.iswsattr(getattr(cls, name))
        ]
        cls._wsme_attr_order = tuple(dict.fromkeys((*inherited, *own)))

    def __init__(self, **given: typing.Any) -> None:
        # mypy takes the hash of a class for that of its objects.
        kinds = _kinds(type(self))  # type: ignore[arg-type]
        checked = {
            key: value
            for key, value in given.items()
            if key in kinds and (value is None or type(value) is kinds[key])
        }
        # Where WSME's attributes keep their values.
        self._wsme_dataholder = types.SimpleNamespace(**checked)
        if len(checked) < len(given):
            super().__init__(
                **{k: v for k, v in given.items() if k not in checked}
            )

    def to_json(self) -> dict[str, typing.Any]:
        """Return what is to be sent; unset attributes are left out."""
        held = vars(self._wsme_dataholder)
        return {
            name: (
                held[key]
                if plain or held[key] is None
                else wsme.rest.json.tojson(datatype, held[key])
            )
            for key, name, datatype, plain in _attributes(
                type(self)  # type: ignore[arg-type]
            )
            if key in held
        }


@functools.cache
def _kinds(datatype: type[Type]) -> dict[str, type]:
    """Return the only type that a value of each attribute needs to have."""
    return {
        attribute.key: (
            attribute.datatype if attribute.datatype in _PLAIN else _Other
        )
        for attribute in wsme.types.list_attributes(datatype)
    }


@functools.cache
def _attributes(
    datatype: type[Type],
) -> tuple[tuple[str, str, typing.Any, bool], ...]:
    """Return key, name and type of each attribute, and if it is plain."""
    return tuple(
        (each.key, each.name, each.datatype, each.datatype in _PLAIN)
        for each in wsme.types.list_attributes(datatype)
    )
