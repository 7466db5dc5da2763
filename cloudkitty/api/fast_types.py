# SPDX-License-Identifier: Apache-2.0
"""WSME types for responses with hundreds of objects.

WSME looks up every attribute of every object three times: to validate, to
store and to render it. These types look it up once for each type, with the
same validation and the same JSON.
"""

import functools
import types
import typing

import wsme.rest.json
import wsme.types

from cloudkitty.api import ordered

#: Types that JSON supports without conversion.
_PLAIN = (bool, float, int, str)


class Rendered(str):
    """The JSON text of an object, inserted without changes."""

    __slots__ = ()


class _Other:
    """Placeholder for types that WSME itself validates."""


class Type(wsme.types.Base):
    """Base of types in long lists, with the API of ``wsme.types.Base``."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        # By default, WSME puts the attributes of a subclass first.
        inherited = getattr(cls, "_wsme_attr_order", ())
        cls._wsme_attr_order = tuple(
            dict.fromkeys((*inherited, *ordered.declared(cls)))
        )

    def __init__(self, **given: typing.Any) -> None:
        # mypy takes the hash of a class for that of its objects.
        kinds = _kinds(type(self))  # type: ignore[arg-type]
        checked = {
            key: value
            for key, value in given.items()
            if key in kinds and (value is None or type(value) is kinds[key])
        }
        # WSME's attributes store their values in this object.
        self._wsme_dataholder = types.SimpleNamespace(**checked)
        if len(checked) < len(given):
            super().__init__(
                **{k: v for k, v in given.items() if k not in checked}
            )

    def to_json(self) -> dict[str, typing.Any]:
        """Return the set attributes as JSON values."""
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
    """Return the type of each attribute, ``_Other`` unless it is plain."""
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
    """Return key, name and type of each attribute, and whether it is plain."""
    return tuple(
        (each.key, each.name, each.datatype, each.datatype in _PLAIN)
        for each in wsme.types.list_attributes(datatype)
    )
