# SPDX-License-Identifier: Apache-2.0
"""Run the scripts of one period: the only work of one process.

It writes one ``RUNNING`` to its pipe for each script that starts, then the
answer as JSON, ``{"frame": ...}`` or ``{"error": {...}}``.
"""

import decimal
import json
import os
import types
import typing

from cloudkitty.rating.pyscripts.inside import confine
from cloudkitty.rating.pyscripts.inside import framing
from cloudkitty.rating.pyscripts.inside import seccomp
from cloudkitty.rating.pyscripts.inside import values

RUNNING = b"."
#: The name under which scripts are compiled; tracebacks have it.
FILENAME = "<script>"


def silence(null: int, pipe: int) -> None:
    """Close all descriptors but the pipe; discard printed text."""
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    os.closerange(3, pipe)
    os.closerange(pipe + 1, 256)


def run(
    codes: list[types.CodeType],
    payload: bytes,
    pipe: int,
    filter_: seccomp.Filter | None,
    cpu_seconds: int,
) -> typing.NoReturn:
    """Run scripts on a frame, answer, and end this process."""
    try:
        confine.confine_run(filter_, cpu_seconds)
        answer = _answer(codes, payload, pipe)
        text = json.dumps(answer, allow_nan=False).encode("ascii")
        framing.send(pipe, text)
    # Any exception: none may propagate to the caller's code.
    except BaseException as error:
        _last_words(pipe, error)
        os._exit(1)
    os._exit(0)


def _answer(
    codes: list[types.CodeType], payload: bytes, pipe: int
) -> dict[str, typing.Any]:
    frame = json.loads(payload)
    for code in codes:
        os.write(pipe, RUNNING)
        # The context of all rating; a script may change its own.
        decimal.setcontext(
            decimal.Context(prec=28, rounding=decimal.ROUND_HALF_EVEN)
        )
        namespace: dict[str, typing.Any] = {"data": values.to_data(frame)}
        try:
            exec(code, namespace)  # noqa: S102 - runs the script, confined
        except BaseException as error:
            return {"error": _describe(error)}
        try:
            if "data" not in namespace:
                raise values.Invalid("data was deleted")
            frame = values.to_wire(namespace["data"])
        except values.Invalid as error:
            return {"error": {"kind": "data", "what": str(error)}}
        except BaseException as error:
            return {"error": {"kind": "data", "type": _name(error)}}
    return {"frame": frame}


def _describe(error: BaseException) -> dict[str, typing.Any]:
    """Return the exception's type and the script's line, not its text."""
    line, trace = None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == FILENAME:
            line = trace.tb_lineno
        trace = trace.tb_next
    return {"kind": "script", "type": _name(error), "line": line}


def _name(error: BaseException) -> str:
    return str(type(error).__name__)[:100]


def _last_words(pipe: int, error: BaseException) -> None:
    try:
        found = {"error": {"kind": "internal", "type": _name(error)}}
        framing.send(pipe, json.dumps(found).encode("ascii"))
    except BaseException:
        os._exit(1)
