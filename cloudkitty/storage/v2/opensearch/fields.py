# SPDX-License-Identifier: Apache-2.0
"""Fields of the index that compare and group texts exactly.

The index may have the mapping of ``cloudkitty-storage-init``, a mapping of
upstream, or the dynamic one, in which a text is analysed and only its
subfield ``keyword`` is exact.
"""

import collections.abc
import dataclasses
import typing

from cloudkitty.storage import base
from cloudkitty.storage.v2.opensearch import names
from cloudkitty.storage.v2.opensearch import server as servers

#: Object of the fields that this service adds to upstream's documents.
OWN = "ck"
#: Key of the point's scope: ``groupby`` may have attributes that are scope
#: keys of other scopes.
SCOPE_KEY = f"{OWN}.scope_key"
#: Version of the replacement that wrote the point.
WRITE = f"{OWN}.write"
#: Position of the point in its frame.
SEQ = f"{OWN}.seq"
#: Whether the point was uploaded.
ADDED = f"{OWN}.added"

#: Bytes of a term.
_LONGEST = 32766
START, END = "start", "end"
_OTHER_TYPES = frozenset(
    {
        *("boolean", "byte", "date", "double", "float", "half_float"),
        *("integer", "ip", "long", "scaled_float", "short", "unsigned_long"),
    }
)


@dataclasses.dataclass(frozen=True, slots=True)
class Field:
    """A field for conditions and groups.

    :param path: its name in requests.
    :param exact: it holds texts; otherwise numbers, times and the like.
    :param longest: longest text that it holds, in UTF-16 units.
    """

    path: str
    exact: bool = True
    longest: int = _LONGEST


class Fields:
    """The mapped fields of all indices behind the name.

    :param mappings: the answer of ``GET /<index>/_mapping``.
    """

    def __init__(self, mappings: servers.Body, index: str) -> None:
        self._index = index
        #: The indices behind the name.
        self.indices = list(mappings)
        self._leaves: list[dict[str, dict[str, typing.Any]]] = [
            dict(_leaves((one.get("mappings") or {}).get("properties") or {}))
            for one in mappings.values()
        ]

    @property
    def stream(self) -> bool:
        """Whether the name is that of a data stream."""
        return any(name.startswith(".ds-") for name in self.indices)

    def types(self, path: str) -> set[str | None]:
        """Return the field's types in the indices; None where unmapped."""
        return {one.get(path, {}).get("type") for one in self._leaves}

    def exact(self, path: str) -> Field | None:
        """Return the field to use for a path; None if it is unmapped.

        :raises cloudkitty.storage.base.StorageError: if the indices map it
            in ways that do not fit.
        """
        found = [one[path] for one in self._leaves if path in one]
        if not found:
            return None
        types = {leaf.get("type") for leaf in found}
        if types == {"keyword"}:
            return Field(path, longest=_longest(found))
        inner = [(leaf.get("fields") or {}).get("keyword") for leaf in found]
        if all(leaf and leaf.get("type") == "keyword" for leaf in inner):
            return Field(f"{path}.keyword", longest=_longest(inner))
        if len(types) == 1 and types <= _OTHER_TYPES:
            return Field(path, exact=False)
        raise base.StorageError(
            f"the field {path} of {self._index} has no subfield keyword, or "
            "its indices map it to different types"
        )

    def metric(self) -> Field | None:
        """Return the field of the metric's name."""
        return self.exact("type")

    def scope(self, scope_key: str) -> Field | None:
        """Return the field of the scope's identifier."""
        return self.exact(f"groupby.{names.escape(scope_key)}")

    def attribute(self, name: str) -> list[Field]:
        """Return the fields that may hold an attribute, the first first.

        The unescaped name is that of points of upstream.
        """
        paths = dict.fromkeys(
            f"{kind}.{field}"
            for kind in ("groupby", "metadata")
            for field in (names.escape(name), name)
        )
        return [field for path in paths if (field := self.exact(path))]


def _leaves(
    properties: servers.Body, prefix: str = ""
) -> collections.abc.Iterator[tuple[str, servers.Body]]:
    """Yield (path, definition) of each field that is no object."""
    for name, definition in properties.items():
        inner = definition.get("properties")
        if inner is None:
            yield prefix + name, definition
        else:
            yield from _leaves(inner, f"{prefix}{name}.")


def _longest(leaves: collections.abc.Iterable[typing.Any]) -> int:
    return min(leaf.get("ignore_above", _LONGEST) for leaf in leaves)


def units(text: str) -> int:
    """Return the length as the server counts it for ``ignore_above``."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
