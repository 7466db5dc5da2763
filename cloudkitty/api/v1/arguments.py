# SPDX-License-Identifier: Apache-2.0
"""The arguments of a request of version 1.

An argument is in the path, in the query or in the body, a JSON object, with
any method: clients send the id of a deleted object and the filters of a list
in a body. The meaning of an argument does not depend on its location.
"""

import collections.abc
import datetime
import decimal
import typing

from cloudkitty.api import error_codes
from cloudkitty.api import errors
from cloudkitty.api.request import body
from cloudkitty.api.request import query
from cloudkitty.api.request import validate
from cloudkitty.api.request import validate_number
from cloudkitty.api.request import validate_time

#: Values in addition to those of ``validate.boolean``.
_BOOLEANS = {"t": True, "y": True, "f": False, "n": False}


def read(
    *names: str,
    required: collections.abc.Iterable[str] = (),
    path: collections.abc.Mapping[str, str] | None = None,
) -> "Arguments":
    """Return the arguments of the current request.

    :param names: known arguments, in addition to those of ``path``.
    :param required: known arguments that must be present and not null.
    :param path: names and values of path segments, for arguments that may
        also be in the query or the body.
    :raises cloudkitty.api.errors.ApiError: 400, 413 or 415.
    """
    path = path or {}
    allowed = {*names, *path}
    found: dict[str, list[typing.Any]] = {
        name: [value] for name, value in path.items()
    }
    asked = query.read(*allowed)
    for name, value in asked.items():
        found.setdefault(name, []).append(value)
    for name, value in body.read_if_any(allowed).items():
        found.setdefault(name, []).append(value)
    made = Arguments(found)
    validate.required({n: n for n in allowed if made.given(n)}, required)
    return made


class Arguments:
    """Arguments by name.

    A method that reads an argument returns ``None`` if the argument is
    missing, and raises a 400 if its value is invalid.

    :param found: all values of each name: strings, or any JSON values.
    """

    def __init__(
        self, found: collections.abc.Mapping[str, list[typing.Any]]
    ) -> None:
        self._found = found

    def __contains__(self, name: str) -> bool:
        """Return whether the argument was sent, including null."""
        return name in self._found

    def given(self, name: str) -> bool:
        """Return whether the argument was sent and is not null."""
        return any(value is not None for value in self._found.get(name, []))

    def refuse_null(self, *names: str) -> None:
        """Check that no argument is null, for which null is ambiguous.

        :raises cloudkitty.api.errors.BadRequest: for the first null argument.
        """
        for name in names:
            if name in self and not self.given(name):
                raise validate.invalid(
                    name, None, "is not allowed", "a value, or omit it"
                )

    def raw(self, name: str) -> typing.Any:
        """Return the value without validation; ``None`` also for null.

        :raises cloudkitty.api.errors.BadRequest: if the argument was sent
            several times with different values.
        """
        values = self._found.get(name, [])
        if len({str(value) for value in values}) > 1:
            raise errors.BadRequest(
                error_codes.ARGUMENT_REPEATED,
                f"{name} occurs {len(values)} times with different values in "
                "the path, query or body: send it once",
            )
        return values[0] if values else None

    def text(
        self,
        name: str,
        *,
        max_length: int = validate.MAX_TEXT,
        blank: bool = False,
    ) -> str | None:
        """Return a string; see ``validate.text``."""
        value = self.raw(name)
        if value is None:
            return None
        return validate.text(name, value, max_length=max_length, blank=blank)

    def text_list(self, name: str) -> tuple[str, ...]:
        """Return the strings of a list, or of comma-separated values."""
        items = [
            item
            for value in self._found.get(name, [])
            if value is not None
            for item in validate.text_list(name, value)
        ]
        return validate.text_list(name, items) if items else ()

    def boolean(self, name: str) -> bool | None:
        """Return a boolean; the string ``false`` is false."""
        value = self.raw(name)
        if isinstance(value, str):
            value = _BOOLEANS.get(value.lower(), value)
        elif value in (0, 1) and isinstance(value, int):
            value = bool(value)
        return None if value is None else validate.boolean(name, value)

    def integer(
        self,
        name: str,
        *,
        minimum: int = 0,
        maximum: int = validate_number.MAX_INTEGER,
    ) -> int | None:
        """Return an integer from ``minimum`` to ``maximum``, both included."""
        value = self.raw(name)
        if value is None:
            return None
        return validate_number.integer(
            name, value, minimum=minimum, maximum=maximum
        )

    def decimal(
        self,
        name: str,
        *,
        minimum: decimal.Decimal | int | None = None,
        digits: int = 12,
        places: int = 28,
    ) -> decimal.Decimal | None:
        """Return an exact number; see ``validate_number.decimal``."""
        value = self.raw(name)
        if value is None:
            return None
        return validate_number.decimal(
            name, value, minimum=minimum, digits=digits, places=places
        )

    def time(self, name: str) -> datetime.datetime | None:
        """Return a time, aware UTC."""
        value = self.raw(name)
        return None if value is None else validate_time.time(name, value)

    def end(self, name: str) -> datetime.datetime | None:
        """Return a time; of a date, the last second."""
        value = self.raw(name)
        return (
            None if value is None else validate_time.last_second(name, value)
        )

    def uuid(self, name: str) -> str | None:
        """Return a UUID; use ``text`` for an id in a path."""
        value = self.raw(name)
        return None if value is None else validate.uuid(name, value)

    def choice(
        self, name: str, options: collections.abc.Sequence[str]
    ) -> str | None:
        """Return the option that was sent, ignoring case."""
        value = self.raw(name)
        if value is None:
            return None
        return validate.choice(name, value, options)
