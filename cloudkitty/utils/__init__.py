# SPDX-License-Identifier: Apache-2.0
"""Import path of CloudKitty 25: helpers of plugins."""

import decimal
import typing

from cloudkitty.collector import conversion
from cloudkitty.collector import yaml_file
from cloudkitty.common import point_form

_MUTATIONS = {
    "NUMBOOL": lambda value: 1.0 if value else 0.0,
    "NOTNUMBOOL": lambda value: 0.0 if value else 1.0,
    "FLOOR": lambda value: value.to_integral_value(decimal.ROUND_FLOOR),
    "CEIL": lambda value: value.to_integral_value(decimal.ROUND_CEILING),
}


def load_conf(path: str) -> typing.Any:
    """Return the content of a YAML file; ``{}`` if it is empty.

    :raises cloudkitty.common.exceptions.InvalidConfiguration: if it cannot be
        read.
    """
    return yaml_file.read(path, path) or {}


def num2decimal(num: typing.Any) -> decimal.Decimal:
    """Return a number as decimal; a float by its shortest text.

    A fraction text such as ``1/3`` is evaluated.
    """
    if isinstance(num, str) and "/" in num:
        return conversion.number(num)
    return point_form.number(num)


def convert_unit(
    value: typing.Any, factor: typing.Any = 1, offset: typing.Any = 0
) -> decimal.Decimal:
    """Return value * factor + offset."""
    return num2decimal(value) * conversion.number(
        _plain(factor)
    ) + conversion.number(_plain(offset))


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


def _plain(value: typing.Any) -> typing.Any:
    return str(value) if isinstance(value, decimal.Decimal) else value
