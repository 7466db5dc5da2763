# SPDX-License-Identifier: Apache-2.0
"""Responses of ``/v1/collector``."""

import typing

import wsme.types

from cloudkitty.api import ordered
from cloudkitty.db import collector_mappings


class Mapping(ordered.Base):
    """The collector that is stored for a service."""

    service = wsme.types.text
    collector = wsme.types.text

    @classmethod
    def from_row(cls, row: collector_mappings.CollectorMapping) -> typing.Self:
        """Return the wire form of a row."""
        return cls(service=row.service, collector=row.collector)


class Mappings(ordered.Base):
    """A list of mappings."""

    mappings = [Mapping]


class State(ordered.Base):
    """The stored state of a collector."""

    name = wsme.types.text
    enabled = bool
