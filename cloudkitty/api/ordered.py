# SPDX-License-Identifier: Apache-2.0
"""WSME types whose attributes have the order of their declaration.

WSME searches that order in the source text of each type, which takes half of
the CPU time in which the API starts. A class knows it.

An attribute is part of every response and has a value, unless it is declared
with ``nullable`` or ``optional``. The OpenAPI document contains that.
"""

import typing

import wsme.types


class Base(wsme.types.Base):
    """``wsme.types.Base`` with the attributes of a subclass first."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        inherited = getattr(cls, "_wsme_attr_order", ())
        cls._wsme_attr_order = tuple(
            dict.fromkeys((*declared(cls), *inherited))
        )


class Attribute(wsme.types.wsattr):
    """An attribute of a WSME type.

    :param nullable: whether its value may be null.
    :param optional: whether a response may omit it.
    """

    def __init__(
        self, datatype: object, *, nullable: bool, optional: bool
    ) -> None:
        super().__init__(datatype)
        self.nullable = nullable
        self.optional = optional


def nullable(datatype: object) -> typing.Any:
    """Return an attribute whose value may be null."""
    return Attribute(datatype, nullable=True, optional=False)


def optional(datatype: object, *, nullable: bool = False) -> typing.Any:
    """Return an attribute that a response may omit."""
    return Attribute(datatype, nullable=nullable, optional=True)


def declared(cls: type) -> list[str]:
    """Return the names of WSME's attributes in the body of a class."""
    return [
        name
        for name in vars(cls)
        if not name.startswith("_") and wsme.types.iswsattr(getattr(cls, name))
    ]
