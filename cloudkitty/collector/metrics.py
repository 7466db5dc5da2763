# SPDX-License-Identifier: Apache-2.0
"""Metric definitions: the checked content of ``metrics.yml``."""

import collections.abc
import dataclasses
import decimal
import typing


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One checked definition of ``[collect] metrics_conf``.

    :param key: internal key, ``<name>`` or ``<name>@#<alt_name>``.
    :param name: name in the collector's backend.
    :param alt_name: name in data frames, and of the hashmap service.
    :param unit: display unit.
    :param description: text, or None.
    :param groupby: grouping attributes, the scope key included.
    :param metadata: further attributes.
    :param factor: multiplied with the quantity first.
    :param offset: added to the product.
    :param mutate: applied to the sum: NONE, NUMBOOL, NOTNUMBOOL, FLOOR, CEIL
        or MAP.
    :param mutate_map: quantity to quantity, for MAP.
    :param extra_args: the collector's own keys, defaults filled in.
    :param skip_expression: points for which it is true are dropped after
        rating; None means ``[orchestrator] skip_datapoints_expression``.
    :param position: place in the file; of definitions that share an
        ``alt_name``, the last one's ``skip_expression`` counts.
    :param warnings: texts about keys that do not have the effect that the
        definition suggests; each names metric and key.
    """

    key: str
    name: str
    alt_name: str
    unit: str
    description: str | None = None
    groupby: tuple[str, ...] = ()
    metadata: tuple[str, ...] = ()
    factor: decimal.Decimal = decimal.Decimal(1)
    offset: decimal.Decimal = decimal.Decimal(0)
    mutate: str = "NONE"
    mutate_map: collections.abc.Mapping[decimal.Decimal, decimal.Decimal] = (
        dataclasses.field(default_factory=dict)
    )
    extra_args: collections.abc.Mapping[str, typing.Any] = dataclasses.field(
        default_factory=dict
    )
    skip_expression: str | None = None
    position: int = dataclasses.field(default=0, compare=False)
    warnings: tuple[str, ...] = ()

    @property
    def attributes(self) -> tuple[str, ...]:
        """The names of groupby, then of metadata, each once."""
        return tuple(dict.fromkeys(self.groupby + self.metadata))
