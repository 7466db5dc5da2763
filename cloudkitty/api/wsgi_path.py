# SPDX-License-Identifier: Apache-2.0
"""The path of a request as the client sent it.

WSGI hands the decoded path on, in which an id's ``%2F`` and a separator are
the same slash. Servers that keep the raw path (gunicorn, uWSGI, mod_wsgi and
the development server) let us tell them apart; for others, and wherever a
proxy or a filter has changed the path, the decoded one counts.
"""

import re
import typing
import urllib.parse

from cloudkitty.api import errors

_RAW_KEYS = ("REQUEST_URI", "RAW_URI")
#: Segments of a raw path that is looked at: no path here has more than a few,
#: and the search below takes their square.
_MOST = 64


def segments(environ: dict[str, typing.Any]) -> list[str]:
    """Return the decoded segments of the path below this application.

    :raises cloudkitty.api.errors.BadRequest: if they are not UTF-8.
    """
    path = environ.get("PATH_INFO", "").encode("latin-1")
    parts = _raw_segments(environ, path)
    if parts is None:
        parts = path.split(b"/")[1:]
    try:
        return [part.decode("utf-8") for part in parts]
    except UnicodeDecodeError:
        raise errors.BadRequest(
            errors.PATH_INVALID,
            "the path is not percent-encoded UTF-8: encode it as such",
        ) from None


def _raw_segments(
    environ: dict[str, typing.Any], path: bytes
) -> list[bytes] | None:
    raw = next((environ[key] for key in _RAW_KEYS if environ.get(key)), "")
    encoded = raw.encode("latin-1", "replace").partition(b"?")[0].split(b"/")
    if not raw or len(encoded) > _MOST:
        return None
    # Only what decodes to the path that the filters in front have judged is
    # believed; they (paste's urlmap) make one slash of several, and so do we.
    # It is the end of the raw one, which may begin with a host or a mount
    # point.
    wanted = _collapse(path)
    for start in reversed(range(len(encoded))):
        parts = [urllib.parse.unquote_to_bytes(p) for p in encoded[start:]]
        if _collapse(b"/" + b"/".join(parts)) == wanted:
            return [part for part in parts if part]
    return None


def _collapse(path: bytes) -> bytes:
    return re.sub(b"//+", b"/", path)
