# SPDX-License-Identifier: Apache-2.0
"""Strategies of hypothesis for requests, sensible and hostile."""

import json
import re
import urllib.parse

from hypothesis import strategies as st

from cloudkitty.tests import routes
from cloudkitty.tests.fakes import api
from cloudkitty.tests.functional.api.generated import request_values as values

OTHER_METHODS = "GET HEAD OPTIONS POST PUT PATCH DELETE TRACE get".split()
TYPES = st.sampled_from(
    ["application/json"] * 24
    + [
        "",
        "application/json; charset=nonsense",
        "text/html",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
        ";;;",
        "\xff",
    ]
)
HEADERS = st.dictionaries(
    st.sampled_from(
        "ACCEPT ACCEPT_CHARSET ACCEPT_ENCODING AUTHORIZATION COOKIE HOST "
        "IDEMPOTENCY_KEY IF_MATCH IF_MODIFIED_SINCE ORIGIN RANGE "
        "TRANSFER_ENCODING X_AUTH_TOKEN X_FORWARDED_PREFIX X_PROJECT_ID "
        "X_HTTP_METHOD_OVERRIDE X_OPENSTACK_REQUEST_ID X_ROLES X_USER_ID "
        "X_USER_NAME".split()
    ).map(lambda name: f"HTTP_{name}")
    | st.just("CONTENT_LENGTH"),
    values.RAW | st.sampled_from(["admin", "*/*;q=x", "0", "x", "9" * 20]),
    max_size=3,
)
PERSONAS = st.sampled_from(
    [
        api.persona("admin"),
        api.persona("admin"),
        api.persona("reader"),
        api.persona("reader", project=None),
        api.persona("admin", system=True),
        {},
    ]
).map(
    lambda headers: {
        "HTTP_" + name.upper().replace("-", "_"): value
        for name, value in headers.items()
    }
)
#: Placeholder of the id in a path, by the previous segment.
IDS = {
    "batches": st.just("batch-1"),
    "metrics": st.sampled_from(["instance", "cpu"]),
    "modules": st.sampled_from(["hashmap", "noop", "pyscripts"]),
    "reprocesses": st.sampled_from(["project-1", "project-2"]),
    "task": st.integers(0, 30).map(str),
}
OTHER_IDS = (
    values.references("batch_id")
    | values.references("service_id")
    | st.sampled_from(["project-1", "hashmap", "instance", "7"])
    | values.TEXT
)


def _quote(text: str) -> str:
    return urllib.parse.quote(text, safe="", errors="surrogatepass")


def _rarely(draw) -> bool:
    return draw(st.integers(0, 15)) == 7


def _as_text(value: object) -> str:
    """Return how a value is written in a query."""
    return value if isinstance(value, str) else json.dumps(value)


@st.composite
def _queries(draw, names):
    """A query string, mostly of parameters that mean something."""
    if _rarely(draw):
        return draw(values.RAW)
    if not names and not _rarely(draw):
        return ""
    pairs = []
    for _ in range(draw(st.integers(0, 4 if names else 1))):
        name = draw(
            values.TEXT
            if not names or _rarely(draw)
            else st.sampled_from(names)
        )
        value = values.of(name) | values.TEXT
        pairs.append((name, _as_text(draw(value))))
    return "&".join(f"{_quote(name)}={_quote(value)}" for name, value in pairs)


@st.composite
def _bodies(draw, names):
    """A body as bytes, mostly JSON with keys that mean something."""
    if _rarely(draw):
        return draw(st.binary(max_size=50))
    plausible = {name: values.of(name) for name in names}
    # All of them, some of them, and some that are anything.
    kinds = [
        st.fixed_dictionaries(plausible),
        st.fixed_dictionaries(plausible),
        st.fixed_dictionaries({}, optional=plausible),
        st.fixed_dictionaries({}, optional=plausible),
        st.fixed_dictionaries(
            {},
            optional={
                name: value | values.JSON for name, value in plausible.items()
            },
        ),
    ]
    kinds += values.typical(names) * 2
    if not names or _rarely(draw):
        kinds = [values.JSON]
    return json.dumps(draw(st.one_of(kinds))).encode("ascii")


@st.composite
def _paths(draw, template):
    """A percent-encoded path, mostly that of the template."""
    if _rarely(draw):
        return f"/{_quote(draw(values.TEXT))}/{draw(values.RAW)}"
    segments = template.split("/")
    for place, segment in enumerate(segments):
        if segment == routes.ID:
            kind = segments[place - 1]
            # "services" has what answers call "service_id".
            named = values.references(f"{kind.removesuffix('s')}_id")
            fitting = IDS.get(kind, named)
            fits = draw(st.integers(0, 3))
            segments[place] = _quote(draw(fitting if fits else OTHER_IDS))
    path = "/".join(segments)
    if _rarely(draw):
        path = path.replace("/v1/rating", "/v1/billing")
    if _rarely(draw):
        path += draw(st.sampled_from(["/", "//", "/x", "/.", "%2F", "%00"]))
    return path


@st.composite
def environs(draw, target, method):
    """A WSGI environment; path, query and body are not filled in yet.

    They are under ``path``, ``query`` and ``body``, with references to ids
    that ``filled`` replaces.

    :param target: whose path it mostly is.
    :param method: that it mostly has.
    """
    if _rarely(draw):
        method = draw(st.sampled_from(OTHER_METHODS))
    # Only what takes a body is sent one each time.
    body = b""
    if method not in ("GET", "HEAD", "OPTIONS") or _rarely(draw):
        body = draw(_bodies(target.bodies.get(method, ())))
    made = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "CONTENT_TYPE": draw(TYPES),
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8889",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "raw": draw(st.booleans()),
        "path": draw(_paths(target.path)),
        "query": draw(_queries(target.queries.get(method, ()))),
        "body": body,
    }
    made |= draw(PERSONAS)
    return made | draw(HEADERS) if draw(st.integers(0, 3)) == 2 else made


def filled(environ, ids):
    """Return the environment of ``environs``, complete.

    :param ids: name -> ids that answers contained under it.
    """
    made = dict(environ)
    everything = [each for found in ids.values() for each in found]

    def pick(match):
        name, number = match[1], int(match[2])
        if isinstance(name, bytes):
            name = name.decode()
        found = ids.get(name) or everything
        chosen = found[number % len(found)]
        return chosen if isinstance(match[0], str) else chosen.encode()

    pattern = values.REFERENCE_PATTERN
    path = re.sub(pattern, pick, made.pop("path"))
    query = re.sub(pattern, pick, made.pop("query"))
    body = re.sub(pattern.encode(), pick, made.pop("body"))
    decoded = urllib.parse.unquote_to_bytes(path.encode("latin-1"))
    made["PATH_INFO"] = decoded.decode("latin-1")
    made["QUERY_STRING"] = query
    made["wsgi.input"] = body
    made.setdefault("CONTENT_LENGTH", str(len(body)))
    if made.pop("raw"):
        made["REQUEST_URI"] = f"{path}?{query}"
    return made
