# SPDX-License-Identifier: Apache-2.0
"""The only place where PromQL text is made out of data."""

import collections.abc
import re

_METRIC_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})
# RE2 has no other special characters. Prometheus looks up the alternatives in
# its index, one by one, only if no other character is escaped.
_LITERALS = str.maketrans({each: f"\\{each}" for each in r"\.+*?()|[]{}^$"})


def metric_name_ok(name: str) -> bool:
    """Return whether ``name`` is valid as a metric name in PromQL."""
    return _METRIC_NAME.fullmatch(name) is not None


def label_name_ok(name: str) -> bool:
    """Return whether ``name`` is valid as a label name in PromQL."""
    return _LABEL_NAME.fullmatch(name) is not None


def quote(value: str) -> str:
    """Return ``value`` as a PromQL string: no value can end it."""
    return f'"{value.translate(_ESCAPES)}"'


def selector(
    metric_name: str, labels: collections.abc.Mapping[str, str]
) -> str:
    """Return ``metric{label="value", ...}`` of equality matchers.

    :raises ValueError: for a metric or label name PromQL does not know.
    """
    _check_names(metric_name, labels)
    matchers = ", ".join(f"{k}={quote(v)}" for k, v in labels.items())
    return f"{metric_name}{{{matchers}}}"


def selector_of_any(
    metric_name: str, label: str, alternatives: collections.abc.Iterable[str]
) -> str:
    """Return ``metric{label=~"one|another"}``.

    :param alternatives: regular expressions, as ``literal`` returns them.
    :raises ValueError: for a metric or label name PromQL does not know.
    """
    _check_names(metric_name, (label,))
    return f"{metric_name}{{{label}=~{quote('|'.join(alternatives))}}}"


def literal(value: str) -> str:
    """Return the regular expression, RE2, that matches only ``value``."""
    return value.translate(_LITERALS)


def _check_names(
    metric_name: str, labels: collections.abc.Iterable[str]
) -> None:
    if not metric_name_ok(metric_name):
        raise ValueError(f"{metric_name!r} is not a Prometheus metric name")
    for name in labels:
        if not label_name_ok(name):
            raise ValueError(f"{name!r} is not a Prometheus label name")
