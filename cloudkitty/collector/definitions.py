# SPDX-License-Identifier: Apache-2.0
"""Read ``metrics.yml`` and check every rule of it before the start."""

import collections.abc
import dataclasses
import decimal
import typing

from cloudkitty.collector import conversion
from cloudkitty.collector import labels
from cloudkitty.collector import metrics
from cloudkitty.collector import yaml_file
from cloudkitty.common import exceptions

#: Names the file, for error texts.
OPTION = "[collect] metrics_conf"
#: Between name and alt_name in a metric's internal key.
SEPARATOR = "@#"
_KEYS = (
    "unit",
    "description",
    "alt_name",
    "groupby",
    "metadata",
    "factor",
    "offset",
    "mutate",
    "mutate_map",
    "extra_args",
    "skip_datapoints_expression",
)
_Error = exceptions.InvalidConfiguration

_KINDS = {str: "text", int: "a whole number", bool: "true or false"}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ExtraArg:
    """One key that a collector takes under ``extra_args``.

    :param default: value if a definition omits the key.
    :param choices: the allowed values; empty allows any value of the kind.
    :param kind: ``str``, ``bool``, or ``int`` for a whole number from 0 on;
        None allows any value.
    :param mandatory: every definition must have the key.
    """

    default: typing.Any = None
    choices: tuple[str, ...] = ()
    kind: type | None = str
    mandatory: bool = False

    def why_not(self, value: typing.Any) -> str | None:
        """Return why a value is not allowed; None if it is."""
        if self.choices and value not in self.choices:
            return f"must be one of {', '.join(self.choices)}, not {value!r}"
        if self.kind is not None and type(value) is not self.kind:
            return f"must be {_KINDS[self.kind]}, not {value!r}"
        if self.kind is int and value < 0:
            return f"must be 0 or more, not {value!r}"
        return None


ExtraArgs = collections.abc.Mapping[str, ExtraArg]


class _AnyExtraArgs(dict[str, ExtraArg]):
    """Accepts every key; there are no defaults."""

    def __contains__(self, key: object) -> bool:
        return True

    def __missing__(self, key: str) -> ExtraArg:
        return ExtraArg(kind=None)


#: Accepts values of any type and keeps none: for callers that read
#: definitions without a collector, or whose collector checks them.
ANY_EXTRA_ARGS: ExtraArgs = _AnyExtraArgs()


def load(
    path: str, scope_key: str, extra_args: ExtraArgs
) -> list[metrics.Metric]:
    """Return the definitions of a file, sorted by key.

    :param path: ``[collect] metrics_conf``.
    :param scope_key: ``[collect] scope_key``; becomes a grouping attribute
        of every metric.
    :param extra_args: the keys that the collector accepts.
    :raises cloudkitty.common.exceptions.InvalidConfiguration: names file,
        metric, key and the allowed values.
    """
    return load_with_content(path, scope_key, extra_args)[0]


def load_with_content(
    path: str, scope_key: str, extra_args: ExtraArgs
) -> tuple[list[metrics.Metric], typing.Any]:
    """Return the definitions as ``load`` does, and the file's content.

    :raises cloudkitty.common.exceptions.InvalidConfiguration: as ``load``.
    """
    content = yaml_file.read(path, OPTION)
    try:
        return parse(content, scope_key, extra_args), content
    except _Error as err:
        raise _Error(f"{path}: {err}") from err


def parse(
    content: typing.Any, scope_key: str, extra_args: ExtraArgs
) -> list[metrics.Metric]:
    """Return the definitions of a parsed file, sorted by key.

    :raises cloudkitty.common.exceptions.InvalidConfiguration: as ``load``.
    """
    labels.check_scope_key(scope_key)
    if not isinstance(content, dict) or set(content) != {"metrics"}:
        raise _Error("must have one top-level key, 'metrics'")
    named = content["metrics"]
    if not isinstance(named, dict) or not named:
        raise _Error("'metrics' must define at least one metric")
    found: dict[str, metrics.Metric] = {}
    for name, body in named.items():
        for metric in _definitions(name, body, scope_key, extra_args):
            if metric.key in found:
                raise _Error(
                    f"metric {name}: {metric.key} is defined twice; each "
                    f"definition of a list needs its own alt_name"
                )
            found[metric.key] = dataclasses.replace(
                metric, position=len(found)
            )
    return [found[key] for key in sorted(found)]


def _definitions(
    name: typing.Any,
    body: typing.Any,
    scope_key: str,
    extra_args: ExtraArgs,
) -> list[metrics.Metric]:
    if not isinstance(name, str) or not name:
        raise _Error(f"metric {name!r}: the name must be text")
    several = body if isinstance(body, list) else [body]
    if not several:
        raise _Error(f"metric {name}: the list of definitions is empty")
    made = [
        _Reader(name, one).metric(scope_key, extra_args) for one in several
    ]
    alt_names = [metric.alt_name for metric in made]
    if len(set(alt_names)) < len(alt_names):
        raise _Error(
            f"metric {name}: the definitions of a list must have distinct "
            f"alt_names; at most one may have none"
        )
    return made


class _Reader:
    """Parses one definition; each error names metric and key."""

    def __init__(self, name: str, body: typing.Any) -> None:
        self._name = name
        if not isinstance(body, dict):
            raise _Error(
                f"metric {name}: must be a map of keys, or a list of them"
            )
        for key in body:
            if key not in _KEYS:
                self._refuse(key, f"unknown; allowed are {', '.join(_KEYS)}")
        self._body = body
        self._warnings: list[str] = []

    def metric(self, scope_key: str, extra_args: ExtraArgs) -> metrics.Metric:
        alt_name = self._text("alt_name")
        unit = self._text("unit")
        if unit is None:
            self._refuse("unit", "is missing")
        mutate = self._mutate()
        groupby, metadata = self._attributes(scope_key)
        mutate_map = self._mutate_map(mutate)
        return metrics.Metric(
            key=f"{self._name}{SEPARATOR}{alt_name}"
            if alt_name
            else self._name,
            name=self._name,
            alt_name=alt_name or self._name,
            unit=unit,
            description=self._text("description"),
            groupby=groupby,
            metadata=metadata,
            factor=self._number("factor", 1),
            offset=self._number("offset", 0),
            mutate=mutate,
            mutate_map=mutate_map,
            extra_args=self._extra_args(extra_args),
            skip_expression=self._text("skip_datapoints_expression"),
            warnings=tuple(
                f"metric {self._name}: {text}" for text in self._warnings
            ),
        )

    def _refuse(self, key: object, why: str) -> typing.NoReturn:
        raise _Error(f"metric {self._name}: {key}: {why}")

    def _text(self, key: str) -> str | None:
        if key not in self._body:
            return None
        value = self._body[key]
        if not isinstance(value, str) or not value:
            self._refuse(key, f"must be non-empty text, not {value!r}")
        return value

    def _names(self, key: str) -> tuple[str, ...]:
        value = self._body.get(key, [])
        if not isinstance(value, list) or not all(
            isinstance(item, str) and item for item in value
        ):
            self._refuse(key, "must be a list of text")
        return tuple(dict.fromkeys(value))

    def _attributes(
        self, scope_key: str
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        groupby = self._names("groupby")
        if scope_key not in groupby:
            groupby += (scope_key,)
        metadata = self._names("metadata")
        for key, names in (("groupby", groupby), ("metadata", metadata)):
            why = labels.lost(names)
            if why:
                self._refuse(key, why)
        self._warnings += labels.warnings(groupby, metadata)
        return groupby, metadata

    def _number(self, key: str, default: int) -> decimal.Decimal:
        try:
            return conversion.number(self._body.get(key, default))
        except ValueError as err:
            self._refuse(key, str(err))

    def _mutate(self) -> str:
        value: str = self._body.get("mutate", "NONE")
        if value not in conversion.MUTATIONS:
            allowed = ", ".join(conversion.MUTATIONS)
            self._refuse("mutate", f"must be one of {allowed}, not {value!r}")
        return value

    def _mutate_map(
        self, mutate: str
    ) -> dict[decimal.Decimal, decimal.Decimal]:
        value = self._body.get("mutate_map", {})
        if not isinstance(value, dict):
            self._refuse("mutate_map", "must be a map, quantity to quantity")
        if mutate != "MAP":
            if "mutate_map" in self._body:
                self._warnings.append(
                    f"mutate_map: not used, because mutate is {mutate}"
                )
            return {}
        if not value:
            self._warnings.append(
                "mutate: MAP without a mutate_map: every quantity becomes 0"
            )
        try:
            return {
                conversion.map_key(key): conversion.map_value(item)
                for key, item in value.items()
            }
        except ValueError as err:
            self._refuse("mutate_map", str(err))

    def _extra_args(self, known: ExtraArgs) -> dict[str, typing.Any]:
        given = self._body.get("extra_args", {})
        if not isinstance(given, dict):
            self._refuse("extra_args", "must be a map")
        if known is ANY_EXTRA_ARGS:
            return {}
        for key, value in given.items():
            place = f"extra_args: {key}"
            if key not in known:
                allowed = ", ".join(known) or "none"
                self._refuse(
                    place,
                    f"unknown to this collector; allowed are {allowed}",
                )
            why = known[key].why_not(value)
            if why:
                self._refuse(place, why)
        for key, argument in known.items():
            if argument.mandatory and key not in given:
                self._refuse(f"extra_args: {key}", "is missing")
        return {key: given.get(key, known[key].default) for key in known}
