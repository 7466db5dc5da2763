# SPDX-License-Identifier: Apache-2.0
"""WSME types whose attributes have the order of their declaration.

WSME searches that order in the source text of each type, which takes half of
the CPU time in which the API starts. A class knows it.
"""

import wsme.types


class Base(wsme.types.Base):
    """``wsme.types.Base`` with the attributes of a subclass first."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        inherited = getattr(cls, "_wsme_attr_order", ())
        cls._wsme_attr_order = tuple(
            dict.fromkeys((*declared(cls), *inherited))
        )


def declared(cls: type) -> list[str]:
    """Return the names of WSME's attributes in the body of a class."""
    return [
        name
        for name in vars(cls)
        if not name.startswith("_") and wsme.types.iswsattr(getattr(cls, name))
    ]
