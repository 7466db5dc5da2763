# SPDX-License-Identifier: Apache-2.0
"""The JSON body of the current request."""

import collections.abc
import decimal
import json
import math
import typing

import pecan

from cloudkitty.api import error_codes
from cloudkitty.api import errors
from cloudkitty.api.request import validate

#: Maximum size in bytes. The sizelimit filter in the paste file has a smaller
#: limit; this one applies if a paste file does not contain that filter.
MAX_BYTES = 1024 * 1024


def read(
    allowed: collections.abc.Collection[str],
    required: collections.abc.Iterable[str] = (),
    *,
    exact: bool = False,
) -> dict[str, typing.Any]:
    """Return the body, which must be a JSON object.

    The values are not validated: check each of them with ``validate``.

    :param allowed: the known keys.
    :param required: the known keys that must be present.
    :param exact: return decimals instead of floats.
    :raises cloudkitty.api.errors.ApiError: 400, 413 or 415.
    """
    _require_json_type(pecan.request)
    content = _to_object(parse(_read_bytes(pecan.request), exact=exact))
    validate.known(content, allowed)
    validate.required(content, required)
    return content


def read_if_any(
    allowed: collections.abc.Collection[str],
) -> dict[str, typing.Any]:
    """Return the body as ``read`` does, or an empty object without a body.

    Numbers with a fraction or an exponent are returned as exact decimals.

    :raises cloudkitty.api.errors.ApiError: 400, 413 or 415.
    """
    environ = pecan.request.environ
    if environ.get("CONTENT_LENGTH") in (None, "", "0"):
        if not environ.get("wsgi.input_terminated"):
            return {}
    else:
        # Check it before reading: the body may arrive slowly.
        _require_json_type(pecan.request)
    raw = _read_bytes(pecan.request)
    if not raw:
        return {}
    _require_json_type(pecan.request)
    content = _to_object(parse(raw, exact=True))
    validate.known(content, allowed)
    return content


def parse(raw: bytes, exact: bool = False) -> typing.Any:
    """Parse the JSON text ``raw``.

    This is stricter than json.loads: it accepts only UTF-8, and rejects
    duplicate keys, NaN and numbers beyond the range of a float.

    :param exact: return decimals instead of floats.
    """
    try:
        return json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_float=_decimal if exact else _float,
        )
    except UnicodeDecodeError:
        raise _invalid("is not UTF-8", "UTF-8") from None
    except RecursionError:
        raise _invalid("is nested too deeply", "a flat object") from None
    except ValueError as err:
        # Return only the parser's message, not the caller's input.
        why = err.msg if isinstance(err, json.JSONDecodeError) else "number"
        raise _invalid(f"is not JSON ({why})", "a JSON object") from None


def _to_object(content: typing.Any) -> dict[str, typing.Any]:
    if not isinstance(content, dict):
        raise _invalid("is not a JSON object", '{"key": value, ...}')
    return content


def _require_json_type(request: typing.Any) -> None:
    if request.content_type.lower() != "application/json":
        raise errors.UnsupportedType(
            error_codes.BODY_TYPE_UNSUPPORTED,
            "the body does not have the media type of JSON: send the header "
            "Content-Type: application/json",
        )


def _read_bytes(request: typing.Any) -> bytes:
    environ = request.environ
    length = environ.get("CONTENT_LENGTH", "")
    if length and not (length.isascii() and length.isdigit()):
        raise _invalid(
            "has a Content-Length that is not a number", "its length in bytes"
        )
    if len(length) > 12 or int(length or 0) > MAX_BYTES:
        raise _too_large()
    try:
        raw = request.body_file.read(MAX_BYTES + 1)
    except OSError:
        raw = b""
    if len(raw) < int(length or 0):
        raise _invalid(
            "is shorter than its Content-Length", "the complete body"
        )
    if len(raw) > MAX_BYTES:
        raise _too_large()
    return raw


def _object(pairs: list[tuple[str, typing.Any]]) -> dict[str, typing.Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise _invalid("contains a key twice", "each key once")
    return made


def _constant(name: str) -> typing.NoReturn:
    raise _invalid(f"contains {name}, which is not JSON", "a finite number")


def _float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise _invalid(
            "contains a number that is too large", "a smaller number"
        )
    return number


def _decimal(text: str) -> decimal.Decimal:
    # Use the range of a float, so that both modes accept the same bodies.
    _float(text)
    try:
        return decimal.Decimal(text)
    except decimal.InvalidOperation:
        # An exponent with too many digits for a decimal; as a float it is 0.
        raise _invalid("contains a number that is too small", "0") from None


def _invalid(problem: str, send: str) -> errors.BadRequest:
    return errors.BadRequest(
        error_codes.BODY_INVALID, f"the body {problem}: send {send}"
    )


def _too_large() -> errors.TooLarge:
    return errors.TooLarge(
        error_codes.BODY_TOO_LARGE,
        f"the body is too large: send at most {MAX_BYTES} bytes",
    )
