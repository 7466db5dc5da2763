# SPDX-License-Identifier: Apache-2.0
"""The path of a request as the client sent it.

WSGI passes the decoded path, in which the ``%2F`` of an id and a separator
are the same slash. Servers that pass the raw path as well (gunicorn, uWSGI,
mod_wsgi and the development server) allow to distinguish them. With other
servers, and if a proxy or a filter has changed the path, the decoded path is
used.
"""

import re
import typing
import urllib.parse

from cloudkitty.api import error_codes
from cloudkitty.api import errors

_RAW_KEYS = ("REQUEST_URI", "RAW_URI")
#: Maximum number of segments of a raw path that is searched. Valid paths have
#: a few segments, and the duration of the search grows with their square.
_MOST = 64


def segments(environ: dict[str, typing.Any]) -> list[str]:
    """Return the decoded segments of the path below this application.

    :raises cloudkitty.api.errors.BadRequest: if the path is not UTF-8.
    """
    path = environ.get("PATH_INFO", "").encode("latin-1")
    parts = _raw_segments(environ, path)
    if parts is None:
        parts = path.split(b"/")[1:]
    try:
        return [part.decode("utf-8") for part in parts]
    except UnicodeDecodeError:
        raise errors.BadRequest(
            error_codes.PATH_INVALID,
            "the path is not percent-encoded UTF-8: encode it as such",
        ) from None


def _raw_segments(
    environ: dict[str, typing.Any], path: bytes
) -> list[bytes] | None:
    raw = next((environ[key] for key in _RAW_KEYS if environ.get(key)), "")
    encoded = raw.encode("latin-1", "replace").partition(b"?")[0].split(b"/")
    if not raw or len(encoded) > _MOST:
        return None
    # Use the raw path only if it decodes to the path that the filters have
    # checked. paste's urlmap collapses several slashes, so do it here too.
    # Compare with the end of the raw path: it may begin with a host or a
    # mount point.
    wanted = _collapse(path)
    for start in reversed(range(len(encoded))):
        parts = [urllib.parse.unquote_to_bytes(p) for p in encoded[start:]]
        if _collapse(b"/" + b"/".join(parts)) == wanted:
            return [part for part in parts if part]
    return None


def _collapse(path: bytes) -> bytes:
    return re.sub(b"//+", b"/", path)
