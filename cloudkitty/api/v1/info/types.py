# SPDX-License-Identifier: Apache-2.0
"""Responses of ``/v1/info``."""

import typing

import wsme.types

from cloudkitty.api import ordered
from cloudkitty.collector import metrics


class Metric(ordered.Base):
    """One rated metric."""

    metric_id = wsme.types.text
    #: All attributes that rules can use.
    metadata = [wsme.types.text]
    unit = wsme.types.text

    @classmethod
    def from_definition(cls, definition: metrics.Metric) -> typing.Self:
        """Return the wire form of a definition."""
        return cls(
            metric_id=definition.alt_name,
            metadata=list(definition.attributes),
            unit=definition.unit,
        )


class Metrics(ordered.Base):
    """A list of metrics."""

    metrics = [Metric]
