# SPDX-License-Identifier: Apache-2.0
"""Pages of a list, and the addresses that keep its filters."""

import dataclasses
import typing
import urllib.parse

Parameters = typing.Mapping[str, str]
#: The largest offset that is passed on.
_MAX = 10**9


def offset(parameters: Parameters) -> int:
    """Return the parameter ``offset``; 0 unless it is a number."""
    text = parameters.get("offset", "")
    if not (text.isascii() and text.isdigit()):
        return 0
    return min(int(text[:10]), _MAX)


def url(path: str, parameters: Parameters, **changes: object) -> str:
    """Return an address with the parameters of the current one.

    :param changes: parameters that differ; None removes one.
    """
    values = {**{name: parameters[name] for name in parameters}, **changes}
    query = urllib.parse.urlencode(
        {name: value for name, value in values.items() if value is not None}
    )
    return f"{path}?{query}" if query else path


@dataclasses.dataclass(frozen=True)
class Pages:
    """A page of a list, with links to its neighbours.

    :param path: of the list.
    :param parameters: of the current address.
    :param start: number of rows before the page.
    :param size: number of rows of a full page.
    :param total: number of all rows.
    """

    path: str
    parameters: Parameters
    start: int
    size: int
    total: int

    @property
    def first(self) -> int:
        """Number of the first row, counted from 1."""
        return min(self.start + 1, self.total)

    @property
    def last(self) -> int:
        return min(self.start + self.size, self.total)

    @property
    def newer_url(self) -> str | None:
        if self.start == 0:
            return None
        start = max(0, self.start - self.size)
        return url(self.path, self.parameters, offset=start or None)

    @property
    def older_url(self) -> str | None:
        if self.last >= self.total:
            return None
        return url(self.path, self.parameters, offset=self.start + self.size)
