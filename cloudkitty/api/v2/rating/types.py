# SPDX-License-Identifier: Apache-2.0
"""Responses of ``/v2/rating``."""

import typing

import wsme.types

from cloudkitty.api import ordered
from cloudkitty.rating import modules


class Module(ordered.Base):
    """A rating module."""

    module_id = wsme.types.text
    description = wsme.types.text
    enabled = bool
    hot_config = bool
    priority = int

    @classmethod
    def from_info(cls, info: modules.ModuleInfo) -> typing.Self:
        """Return the wire form of a module."""
        return cls(
            module_id=info.module_id,
            description=info.description,
            enabled=info.enabled,
            hot_config=info.hot_config,
            priority=info.priority,
        )


class Modules(ordered.Base):
    """A list of rating modules."""

    modules = [Module]
