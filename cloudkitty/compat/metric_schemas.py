# SPDX-License-Identifier: Apache-2.0
"""The schemas of metric definitions that collectors of CloudKitty 25 extend.

Only these collectors need voluptuous. ``collector.definitions`` checks the
file for this service.
"""

import typing

import voluptuous

from cloudkitty.collector import conversion
from cloudkitty.collector import definitions


def _number(value: typing.Any) -> typing.Any:
    """Return the number of a factor or an offset; text becomes a float."""
    try:
        exact = conversion.number(value)
    except ValueError as error:
        raise voluptuous.Invalid(str(error)) from error
    return float(exact) if isinstance(value, str) else value


def MetricDict(value: typing.Any) -> typing.Any:  # noqa: N802
    """Return the metrics of a file: a map, or a list of definitions.

    :raises voluptuous.Invalid: if it is empty or something else.
    """
    if isinstance(value, dict | list) and value:
        return value
    raise voluptuous.Invalid("must define at least one metric")


_TEXT = voluptuous.All(str, voluptuous.Length(min=1))

CONF_BASE_SCHEMA: dict[typing.Any, typing.Any] = {
    voluptuous.Required("metrics"): MetricDict
}

METRIC_BASE_SCHEMA: dict[typing.Any, typing.Any] = {
    voluptuous.Required("unit"): _TEXT,
    voluptuous.Optional("description"): _TEXT,
    voluptuous.Optional("alt_name"): _TEXT,
    voluptuous.Required("groupby", default=list): [str],
    voluptuous.Required("metadata", default=list): [str],
    voluptuous.Required("factor", default=1): _number,
    voluptuous.Required("offset", default=0): _number,
    voluptuous.Required("mutate", default="NONE"): voluptuous.In(
        conversion.MUTATIONS
    ),
    voluptuous.Optional("mutate_map"): dict,
    voluptuous.Optional("extra_args"): dict,
    voluptuous.Optional("skip_datapoints_expression"): _TEXT,
}


def check(
    conf: typing.Any, scope_key: str
) -> dict[str, dict[str, typing.Any]]:
    """Return the definitions by internal key, with their defaults.

    :param conf: content of the metrics file.
    :raises voluptuous.Invalid: if it is invalid.
    """
    content = voluptuous.Schema(CONF_BASE_SCHEMA)(conf)
    schema = voluptuous.Schema(METRIC_BASE_SCHEMA)
    found: dict[str, dict[str, typing.Any]] = {}
    for name, several in content["metrics"].items():
        if several == []:
            raise voluptuous.Invalid(f"metric {name}: the list is empty")
        for body in several if isinstance(several, list) else [several]:
            metric = schema(body)
            if scope_key not in metric["groupby"]:
                metric["groupby"].append(scope_key)
            alt_name = metric.get("alt_name")
            key = (
                f"{name}{definitions.SEPARATOR}{alt_name}"
                if alt_name
                else name
            )
            if key in found:
                raise voluptuous.Invalid(f"metric {key} is defined twice")
            found[key] = metric
    return found
