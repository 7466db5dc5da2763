# SPDX-License-Identifier: Apache-2.0
"""The query string of the current request."""

import collections.abc
import urllib.parse

import pecan

from cloudkitty.api import error_codes
from cloudkitty.api import errors
from cloudkitty.api.request import validate

#: Maximum number of parameters of one request.
MAX_FIELDS = 1000


class Query:
    """Decoded parameters by name.

    :param fields: all values of each name, in the order of the query.
    """

    def __init__(
        self, fields: collections.abc.Mapping[str, list[str]]
    ) -> None:
        self._fields = fields

    def one(self, name: str) -> str | None:
        """Return the value of a parameter, ``None`` if it is missing.

        :raises cloudkitty.api.errors.BadRequest: if it occurs several times.
        """
        values = self._fields.get(name, [])
        if len(values) > 1:
            raise errors.BadRequest(
                error_codes.ARGUMENT_REPEATED,
                f"{name} occurs {len(values)} times: send it once",
            )
        return values[0] if values else None

    def all(self, name: str) -> list[str]:
        """Return all values of a parameter that may be repeated."""
        return list(self._fields.get(name, []))

    def text_list(self, name: str) -> tuple[str, ...]:
        """Return the items of a parameter, empty if it is missing.

        The parameter may be repeated, and each value may contain several
        items separated by commas.
        """
        items = [
            item
            for value in self.all(name)
            for item in validate.text_list(name, value)
        ]
        return validate.text_list(name, items) if items else ()

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def items(self) -> list[tuple[str, str]]:
        """Return (name, value) pairs for the links of a page."""
        return [
            (name, value)
            for name, values in self._fields.items()
            for value in values
        ]


def read(*names: str) -> Query:
    """Return the query of the current request.

    :param names: the known parameters.
    :raises cloudkitty.api.errors.BadRequest: if the query contains other
        parameters, or is not percent-encoded UTF-8.
    """
    fields = parse(pecan.request.environ.get("QUERY_STRING", ""))
    validate.known(fields, names)
    return Query(fields)


def parse(text: str) -> dict[str, list[str]]:
    """Return the parameters of a query string."""
    try:
        # A server passes raw bytes as Latin-1. A valid query is ASCII, but
        # UTF-8 without percent-encoding is accepted too.
        text = text.encode("latin-1").decode("utf-8")
        return urllib.parse.parse_qs(
            text,
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MAX_FIELDS,
        )
    except ValueError:
        raise errors.BadRequest(
            error_codes.QUERY_INVALID,
            "the query is not percent-encoded UTF-8, or has more than "
            f"{MAX_FIELDS} parameters: send key=value pairs separated by &",
        ) from None
