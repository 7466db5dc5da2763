# SPDX-License-Identifier: Apache-2.0
"""Names of a package that are imported when they are first used.

The import paths of CloudKitty 25 name classes in packages of this service.
They are imported for plugins only, and their modules import the packages.
"""

import collections.abc
import importlib
import typing


def names(
    package: str, sources: collections.abc.Mapping[str, str]
) -> collections.abc.Callable[[str], typing.Any]:
    """Return the ``__getattr__`` of a package (PEP 562).

    :param package: its ``__name__``.
    :param sources: public name to the module that defines it.
    """

    def find(name: str) -> typing.Any:
        source = sources.get(name)
        if source is None:
            raise AttributeError(f"module {package!r} has no {name!r}")
        return getattr(importlib.import_module(source), name)

    return find
