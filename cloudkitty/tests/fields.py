# SPDX-License-Identifier: Apache-2.0
"""Walk the fields of a dataclass: values of each field's type."""

import collections.abc
import dataclasses
import datetime
import decimal
import types
import typing

_START = datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)


def value(hint: typing.Any, number: int) -> typing.Any:
    """Return a value of a type; one for each number.

    :param hint: a type annotation; of a union the first type is taken.
    :raises TypeError: for a type without an example here.
    """
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return value(arguments[0], number)
    if origin in (tuple, collections.abc.Sequence):
        return (value(arguments[0], number),)
    if origin is collections.abc.Mapping:
        return {value(arguments[0], number): value(arguments[1], number)}
    if dataclasses.is_dataclass(hint):
        return sample(hint, number)
    if hint is bool:
        return number % 2 == 1
    if hint is str:
        return f"text {number}"
    if hint is datetime.date:
        return _START.date() + datetime.timedelta(days=number)
    if hint is datetime.datetime:
        return _START + datetime.timedelta(hours=number)
    if hint in (int, float, decimal.Decimal):
        return hint(number)
    raise TypeError(f"no example of {hint}")


def sample(kind: type, number: int = 1, **given: typing.Any) -> typing.Any:
    """Return an object of a dataclass whose fields are all filled.

    :param given: fields with a value of their own.
    """
    hints = typing.get_type_hints(kind)
    return kind(
        **{
            field.name: value(hints[field.name], number)
            for field in dataclasses.fields(kind)
            if field.name not in given
        },
        **given,
    )


def changes(
    whole: typing.Any,
) -> collections.abc.Iterator[tuple[str, typing.Any]]:
    """Yield each field's name, and a copy that differs in this field."""
    hints = typing.get_type_hints(type(whole))
    for field in dataclasses.fields(whole):
        before = getattr(whole, field.name)
        after = next(
            other
            for other in (value(hints[field.name], n) for n in (1, 2))
            if other != before
        )
        yield field.name, dataclasses.replace(whole, **{field.name: after})


def unseen(
    whole: typing.Any,
    show: collections.abc.Callable[
        [typing.Any], collections.abc.Mapping[str, typing.Any]
    ],
) -> set[str]:
    """Return the fields that ``show`` forgets.

    A field is seen if another value of it changes the result: at the key of
    the field's name if the result has that key, else at any key.
    """
    shown = show(whole)
    forgotten = set()
    for name, other in changes(whole):
        differs = {
            key for key, value in show(other).items() if value != shown[key]
        }
        if not differs or (name in shown and name not in differs):
            forgotten.add(name)
    return forgotten
