# SPDX-License-Identifier: Apache-2.0
"""Read lists out of the JSON answers of OpenStack services."""

import collections.abc
import typing

from cloudkitty.common import json_pieces
from cloudkitty.common.http import client as http_client
from cloudkitty.common.http import errors

#: Characters of a server's own text that go into an error.
_WORDS = 200


def items(
    answer: http_client.Answer,
) -> collections.abc.Iterator[dict[str, typing.Any]]:
    """Yield the objects of an answer that is a list.

    :raises errors.HTTPError: for any other answer.
    """
    try:
        reader = json_pieces.Reader(answer.pieces())
        for item in reader.items():
            if not isinstance(item, dict):
                raise errors.HTTPError("answered a malformed list")
            yield item
        reader.end()
    except json_pieces.Malformed as err:
        raise errors.HTTPError(
            f"answered something that is not a JSON list ({err})"
        ) from None


def members(
    answer: http_client.Answer, key: str
) -> tuple[list[dict[str, typing.Any]], bool]:
    """Return the list ``key`` of an answer, and whether it was cut off.

    :raises errors.HTTPError: for any other answer.
    """
    found: typing.Any = None
    cut = False
    try:
        reader = json_pieces.Reader(answer.pieces())
        for name in reader.keys():
            if name == key:
                found = list(reader.items())
            else:
                value = reader.value()
                cut = cut or (name == "truncated" and bool(value))
        reader.end()
    except json_pieces.Malformed as err:
        raise errors.HTTPError(
            f"answered something that is not a JSON object ({err})"
        ) from None
    if found is None or not all(isinstance(item, dict) for item in found):
        raise errors.HTTPError(f"answered without a list of {key}")
    return found, cut


def refusal(answer: http_client.Answer) -> str:
    """Return the predicate for an answer that is not a success.

    :raises errors.HTTPError: if the answer does not end.
    """
    text = f"answered HTTP {answer.status}"
    target = answer.redirect()
    if target is not None:
        return f"{text}: a redirect to {target}, which is not followed"
    said = words(error(answer))
    return f"{text}: {said}" if said else text


def error(answer: http_client.Answer) -> typing.Any:
    """Return what an answer that is an error says; None if nothing.

    :raises errors.HTTPError: if the answer does not end.
    """
    try:
        said = json_pieces.Reader([answer.words()]).value()
    except json_pieces.Malformed:
        return None
    if not isinstance(said, dict):
        return None
    # Keystone puts its object into "error"; the text has different names.
    inner = said.get("error")
    said = inner if isinstance(inner, dict) else said
    return said.get("description") or said.get("message")


def words(said: typing.Any) -> str:
    """Return the words of a server in one short line."""
    text = " ".join(str(said or "").split())
    return text if len(text) <= _WORDS else f"{text[:_WORDS]}..."
