# SPDX-License-Identifier: Apache-2.0
"""The arguments of a request of version 1.

An argument is in the path, in the query or in a JSON object that is the body,
with any method: clients send the id of what they delete in a body, and ask
for a list with a body. Where it is makes no difference to its meaning.
"""

import collections.abc
import datetime
import decimal
import typing

from cloudkitty.api import body
from cloudkitty.api import errors
from cloudkitty.api import query
from cloudkitty.api import validate

#: Beside those that ``validate.boolean`` knows.
_BOOLEANS = {"t": True, "y": True, "f": False, "n": False}


def read(
    *names: str,
    required: collections.abc.Iterable[str] = (),
    path: collections.abc.Mapping[str, str] | None = None,
) -> "Arguments":
    """Return the arguments of the request in flight.

    :param names: those that mean something here, beside those of ``path``.
    :param required: those of them that must be there, and not be null.
    :param path: names and values of path segments, for what may be in the
        query or the body as well.
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
    """Arguments by name; the functions to read one return None without it.

    All raise a 400 for a value that is not what they return.

    :param found: all values of each name; texts, or what JSON has.
    """

    def __init__(
        self, found: collections.abc.Mapping[str, list[typing.Any]]
    ) -> None:
        self._found = found

    def __contains__(self, name: str) -> bool:
        """Whether it was sent at all; null was."""
        return name in self._found

    def given(self, name: str) -> bool:
        """Return whether it was sent and is not null."""
        return any(value is not None for value in self._found.get(name, []))

    def refuse_null(self, *names: str) -> None:
        """Return if none of them is null, where null could mean anything.

        :raises cloudkitty.api.errors.BadRequest: for the first that is.
        """
        for name in names:
            if name in self and not self.given(name):
                raise validate.invalid(
                    name, None, "is not allowed", "a value, or omit it"
                )

    def raw(self, name: str) -> typing.Any:
        """Return the value as it was sent; None also for null.

        :raises cloudkitty.api.errors.BadRequest: if it was sent several
            times, and not always the same.
        """
        values = self._found.get(name, [])
        if len({str(value) for value in values}) > 1:
            raise errors.BadRequest(
                errors.ARGUMENT_REPEATED,
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
        """Return a text; see ``validate.text``."""
        value = self.raw(name)
        if value is None:
            return None
        return validate.text(name, value, max_length=max_length, blank=blank)

    def text_list(self, name: str) -> tuple[str, ...]:
        """Return texts: repeated, with commas, or a list; empty without."""
        items = [
            item
            for value in self._found.get(name, [])
            if value is not None
            for item in validate.text_list(name, value)
        ]
        return validate.text_list(name, items) if items else ()

    def boolean(self, name: str) -> bool | None:
        """Return true or false; the text ``false`` is false."""
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
        maximum: int = validate.MAX_INTEGER,
    ) -> int | None:
        """Return a whole number between the bounds, both included."""
        value = self.raw(name)
        if value is None:
            return None
        return validate.integer(name, value, minimum=minimum, maximum=maximum)

    def decimal(
        self,
        name: str,
        *,
        minimum: decimal.Decimal | int | None = None,
        digits: int = 12,
        places: int = 28,
    ) -> decimal.Decimal | None:
        """Return an exact number; see ``validate.decimal``."""
        value = self.raw(name)
        if value is None:
            return None
        return validate.decimal(
            name, value, minimum=minimum, digits=digits, places=places
        )

    def time(self, name: str) -> datetime.datetime | None:
        """Return an instant, aware UTC."""
        value = self.raw(name)
        return None if value is None else validate.time(name, value)

    def end(self, name: str) -> datetime.datetime | None:
        """Return an instant; a date alone is the last second of that day."""
        value = self.raw(name)
        return None if value is None else validate.last_second(name, value)

    def uuid(self, name: str) -> str | None:
        """Return a UUID; for one in a path ask for a text."""
        value = self.raw(name)
        return None if value is None else validate.uuid(name, value)

    def choice(
        self, name: str, options: collections.abc.Sequence[str]
    ) -> str | None:
        """Return the option that was sent, in any case of letters."""
        value = self.raw(name)
        if value is None:
            return None
        return validate.choice(name, value, options)
