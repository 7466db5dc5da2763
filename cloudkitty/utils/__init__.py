# SPDX-License-Identifier: Apache-2.0
"""Import path of CloudKitty 25: helpers of plugins."""

import decimal
import math
import typing

from cloudkitty.collector import conversion
from cloudkitty.collector import yaml_file

_MUTATIONS = {
    "NUMBOOL": lambda value: 1.0 if value else 0.0,
    "NOTNUMBOOL": lambda value: 0.0 if value else 1.0,
    "FLOOR": math.floor,
    "CEIL": math.ceil,
}


def load_conf(path: str) -> typing.Any:
    """Return the content of a YAML file; ``{}`` if it is empty.

    :raises cloudkitty.common.exceptions.InvalidConfiguration: if it cannot be
        read.
    """
    return yaml_file.read(path, path) or {}


def num2decimal(num: typing.Any) -> decimal.Decimal:
    """Return a number as decimal; a float as its exact binary expansion.

    A fraction text such as ``1/3`` is evaluated.
    """
    if isinstance(num, str) and "/" in num:
        return conversion.number(num)
    return decimal.Decimal(num)


def convert_unit(
    value: typing.Any, factor: typing.Any = 1, offset: typing.Any = 0
) -> decimal.Decimal:
    """Return value * factor + offset."""
    return num2decimal(value) * num2decimal(factor) + num2decimal(offset)


def mutate(
    value: typing.Any,
    mode: str = "NONE",
    mutate_map: dict[typing.Any, typing.Any] | None = None,
) -> typing.Any:
    """Return a quantity after the ``mutate`` of a metric."""
    if mode == "MAP":
        return (mutate_map or {}).get(value, 0.0)
    if mode in _MUTATIONS:
        return _MUTATIONS[mode](num2decimal(value))
    return value
