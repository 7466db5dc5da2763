# SPDX-License-Identifier: Apache-2.0
"""Pages of lists."""

import collections.abc
import dataclasses
import typing
import urllib.parse

import pecan

from cloudkitty.api.request import hooks
from cloudkitty.api.request import query as ck_query
from cloudkitty.api.request import validate
from cloudkitty.api.request import validate_number

T = typing.TypeVar("T")

#: The parameters that ``read`` reads, for ``query.read``.
NAMES = ("offset", "limit")
NAMES_WITH_MARKER = (*NAMES, "marker")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The requested page of a list.

    :param offset: number of rows to skip.
    :param limit: maximum number of rows, from 1 to ``[api] max_limit``.
    :param marker: last row of the previous page, or ``None``.
    :param asked: whether the request contains any paging parameter.
    """

    offset: int
    limit: int
    marker: str | None
    asked: bool


class PageLink(typing.TypedDict):
    """A link to another page."""

    rel: str
    href: str


class Envelope(typing.TypedDict, typing.Generic[T]):
    """One page of a list: the response of most lists.

    ``links`` contains the next page, unless this is the last one.
    """

    results: list[T]
    total: int
    links: list[PageLink]


def read(args: ck_query.Query, default_limit: int | None = None) -> Page:
    """Return the page that the query selects.

    :param default_limit: default of ``limit``; ``None`` selects ``[api]
        max_limit``.
    """
    most = hooks.services().conf.api.max_limit
    limit = default_limit or most
    if "limit" in args:
        limit = validate_number.integer("limit", args.one("limit"), minimum=1)
    offset = 0
    if "offset" in args:
        offset = validate_number.integer("offset", args.one("offset"))
    marker = None
    if "marker" in args:
        marker = validate.text("marker", args.one("marker"))
    return Page(
        offset=offset,
        limit=min(limit, most),
        marker=marker,
        asked=any(name in args for name in NAMES_WITH_MARKER),
    )


def next_link(
    args: ck_query.Query,
    page: Page,
    shown: int,
    total: int,
    marker: str | None = None,
) -> str | None:
    """Return the path and query of the next page, ``None`` on the last page.

    :param shown: number of rows on this page.
    :param total: total number of rows; with a marker, of the rows after it.
    :param marker: id of the last row of this page, if the list has markers;
        otherwise the next page has an offset.
    """
    if not shown or page.offset + shown >= total:
        return None
    pairs = [
        (name, value)
        for name, value in args.items()
        if name not in NAMES_WITH_MARKER
    ]
    pairs.append(("limit", str(page.limit)))
    if marker is None:
        pairs.append(("offset", str(page.offset + shown)))
    else:
        pairs.append(("marker", marker))
    path = urllib.parse.quote(
        pecan.request.environ.get("SCRIPT_NAME", "")
        + pecan.request.environ.get("PATH_INFO", ""),
        encoding="latin-1",
    )
    return f"{path}?{urllib.parse.urlencode(pairs)}"


def add_header(link: str | None) -> None:
    """Add ``Link: <...>; rel="next"`` to the current response."""
    if link is not None:
        pecan.response.headers["Link"] = f'<{link}>; rel="next"'


def envelope(
    results: collections.abc.Sequence[T],
    total: int,
    link: str | None,
) -> Envelope[T]:
    """Return the response object of one page of a list.

    :param link: result of ``next_link``.
    """
    links: list[PageLink] = []
    if link is not None:
        host = pecan.request.host_url
        links.append({"rel": "next", "href": f"{host}{link}"})
    return {"results": list(results), "total": total, "links": links}
