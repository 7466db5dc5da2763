# SPDX-License-Identifier: Apache-2.0
"""What ``/v1/collector`` sends."""

import typing

import wsme.types

from cloudkitty.db import collector_mappings


class Mapping(wsme.types.Base):
    """Which collector is written down for a service."""

    service = wsme.types.text
    collector = wsme.types.text

    @classmethod
    def from_row(cls, row: collector_mappings.CollectorMapping) -> typing.Self:
        """Return the wire form of a row."""
        return cls(service=row.service, collector=row.collector)


class Mappings(wsme.types.Base):
    """All of them."""

    mappings = [Mapping]


class State(wsme.types.Base):
    """Whether a collector is written down as enabled."""

    name = wsme.types.text
    enabled = bool
