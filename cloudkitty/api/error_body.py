# SPDX-License-Identifier: Apache-2.0
"""The JSON body of error responses."""

import collections.abc
import http

from cloudkitty.api import render

#: Set in the WSGI environment if a response has the body of ``encode``,
#: so that the outermost middleware does not replace it.
RENDERED = "cloudkitty.error_rendered"


def encode(
    status: int,
    code: str,
    detail: str,
    request_id: str | None,
    fault: bool = False,
) -> bytes:
    """Return the error body as JSON.

    :param fault: whether to add the keys for clients of version 1.
    """
    error = {
        "status": status,
        "code": code,
        "title": title(status),
        "detail": detail,
        "request_id": request_id,
    }
    content: dict[str, object] = {"message": detail, "errors": [error]}
    if fault:
        content |= {
            "faultcode": "Client" if status < 500 else "Server",
            "faultstring": detail,
            "debuginfo": None,
        }
    # Encode as ASCII: a detail may contain an unpaired surrogate.
    return render.text(content).encode("ascii")


def for_version_one(environ: collections.abc.Mapping[str, object]) -> bool:
    """Return whether a request is one of version 1."""
    path = str(environ.get("PATH_INFO", "")).lstrip("/")
    return path.partition("/")[0] == "v1"


def title(status: int) -> str:
    """Return the standard phrase of ``status``."""
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return "Error"
