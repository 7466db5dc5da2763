# SPDX-License-Identifier: Apache-2.0
"""Identity of series: the common values of points, and their digest.

Live rating identifies all series in each period. Encoding each as JSON takes
three times as long as filling in the values in the JSON text of all series
with the same names.
"""

import collections.abc
import functools
import hashlib
import json
import json.encoder
import operator
import typing

import sqlalchemy as sa

from cloudkitty.storage import attributes
from cloudkitty.storage import checks as storage_checks
from cloudkitty.storage.v2.sqlalchemy import expressions

Mapping = collections.abc.Mapping[str, str]
_COLUMNS = expressions.SERIES.c
_quoted = json.encoder.encode_basestring_ascii
_Pick = collections.abc.Callable[[Mapping], tuple[str, ...]]


class Series(typing.NamedTuple):
    """The common values of the points of a series, all of them storable."""

    metric: str
    unit: str
    groupby: Mapping
    metadata: Mapping
    description: str | None


def identify(
    metric: str,
    unit: str,
    groupby: Mapping,
    metadata: Mapping,
    description: str | None,
) -> tuple[str, Series]:
    """Return the digest of a series, and its values.

    The digest has 128 bits in hexadecimal. It is ``BLAKE2b``,
    https://www.rfc-editor.org/rfc/rfc7693, of the JSON text of the list of
    the values, with sorted keys.

    :param groupby: kept, not copied, if the tables can store it.
    :raises cloudkitty.storage.base.Unstorable: if the metric cannot be
        stored.
    """
    form = _form(metric, unit, description, (*groupby,), (*metadata,))
    values = form.clean_values(groupby, metadata)
    if values is None:
        groupby = attributes.storable(groupby)
        metadata = attributes.storable(metadata)
        form = _form(metric, unit, description, (*groupby,), (*metadata,))
        values = form.values(groupby, metadata)
    series = Series(
        form.metric, form.unit, groupby, metadata, form.description
    )
    return form.digest(values), series


class _Form:
    """What series have in common that differ only in their values.

    :param names: of ``groupby``, and of ``metadata``.
    """

    def __init__(
        self,
        metric: str,
        unit: str,
        description: str | None,
        *names: tuple[str, ...],
    ) -> None:
        self.metric = check_name(metric, _COLUMNS.metric, "metric")
        # A display name: truncated instead of rejected.
        self.unit = attributes.clean(unit)[: length(_COLUMNS.unit)]
        self.description = description and attributes.clean(description)
        self._clean = all(
            isinstance(name, str) and attributes.is_clean(name)
            for some in names
            for name in some
        )
        in_order = [sorted(some) if self._clean else [] for some in names]
        self._pick = [_picker(some) for some in in_order]
        parts = [self.metric, self.unit, *in_order, self.description]
        self._text = f"[{', '.join(map(_template, parts))}]"

    def values(self, groupby: Mapping, metadata: Mapping) -> tuple[str, ...]:
        """Return the values in the order of the names."""
        pick_groupby, pick_metadata = self._pick
        return pick_groupby(groupby) + pick_metadata(metadata)

    def clean_values(
        self, groupby: Mapping, metadata: Mapping
    ) -> tuple[str, ...] | None:
        """Return the values, as ``values``; None unless all is clean text."""
        if not self._clean:
            return None
        found = self.values(groupby, metadata)
        try:
            return found if attributes.is_clean("".join(found)) else None
        except TypeError:  # one of them is no text
            return None

    def digest(self, values: tuple[str, ...]) -> str:
        text = self._text % tuple(map(_quoted, values))
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


# Metrics have some combinations of names. Others come from imported points.
_form = functools.lru_cache(maxsize=512)(_Form)


def _template(part: str | list[str] | None) -> str:
    """Return the JSON text of a part, with a ``%s`` for each value."""
    if isinstance(part, list):
        pairs = (f"{_template(name)}: %s" for name in part)
        return f"{{{', '.join(pairs)}}}"
    return json.dumps(part).replace("%", "%%")


def _picker(names: list[str]) -> _Pick:
    """Return a function that returns the values of the names."""
    if not names:
        return lambda _: ()
    if len(names) == 1:
        return lambda values: (values[names[0]],)
    return operator.itemgetter(*names)


def check_name(value: str, column: sa.Column[str], what: str) -> str:
    """Return an identifier that every database stores unchanged.

    :raises cloudkitty.storage.base.Unstorable: for any other text.
    """
    return storage_checks.check_name(value, length(column), what)


def length(column: sa.Column[typing.Any]) -> int:
    """Return the characters that fit a column of texts."""
    kind: typing.Any = column.type
    return kind.length
