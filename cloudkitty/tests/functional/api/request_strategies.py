# SPDX-License-Identifier: Apache-2.0
"""Strategies of hypothesis for requests, sensible and hostile."""

import json
import re
import urllib.parse

from hypothesis import strategies as st

from cloudkitty.tests.fakes import api

METHODS = ["GET"] * 8 + "HEAD OPTIONS PUT PATCH DELETE TRACE get".split()
#: Any bytes, as WSGI hands them on.
RAW = st.binary(max_size=40).map(lambda raw: raw.decode("latin-1"))
HOSTILE = st.sampled_from(
    # Words that mean something somewhere.
    "ALL all asc DESC object scheduled preview time time-d time-x time- begin "
    "type:instance project_id:project-1 project-1 project-1,project-2 "
    "2026-11-01 2026-11-01T00:00:00+00:00 a,b a:b:c "
    # What careless readers take for something else.
    "0 -1 10 null true NaN 1e400 monday Jan 2147483648 9223372036854775808 "
    "0001-01-01T00:00:00+14:00 9999-12-31T23:59:59-14:00 "
    "2026-11-01T25:61:61 +99:99 , : .. % %2F a/b __class__ é 日本 "
    "${7*7} ';DROP".split()
    + ["", " ", "\0", "\ud800", "9" * 400, "x" * 5000]
)
TEXT = HOSTILE | st.text(max_size=20)
SCALAR = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | TEXT
)
JSON = st.recursive(
    SCALAR,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4)
    ),
    max_leaves=8,
)
#: By path; the others take none.
PARAMETERS = {
    "/v2/scope": "offset limit scope_id scope_key fetcher collector active",
    "/v2/summary": "offset limit begin end groupby filters custom_fields "
    "response_format",
    "/v2/task/{id}/periods": "offset limit",
    "/v2/task/reprocesses": "offset limit marker order state mode batch_id "
    "scope_ids",
}
#: Values with which some requests are accepted.
PLAUSIBLE = {
    "scope_ids": st.sampled_from(
        ["project-1", "ALL", ["project-1", "project-2"], "nobody"]
    ),
    "start_reprocess_time": st.sampled_from(
        ["2026-11-01", "2026-11-01T01:00:00Z", "2026-11-01 00:30"]
    ),
    "end_reprocess_time": st.sampled_from(
        ["2026-11-01T02:00", "2026-11-01 01:00:00+00:00", "2020-01-01"]
    ),
    "reason": st.sampled_from(["because", "é"]),
    "metrics": st.sampled_from([None, "cpu", ["cpu", "disk"]]),
    "mode": st.sampled_from(["reprocess", "preview"]),
    "allow_empty": st.booleans(),
}
#: Changes of a task.
CHANGES = st.fixed_dictionaries(
    {"state": st.sampled_from(["paused", "scheduled", "cancelled"]) | JSON},
    optional={"reason": TEXT | JSON},
)
BODIES = (
    st.fixed_dictionaries(PLAUSIBLE)
    | st.fixed_dictionaries(
        {key: each | TEXT for key, each in PLAUSIBLE.items()}
    )
    | st.fixed_dictionaries(
        {}, optional={key: each | JSON for key, each in PLAUSIBLE.items()}
    )
    | CHANGES
    | JSON
)
TYPES = st.sampled_from(
    ["application/json"] * 8
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
    RAW | st.sampled_from(["admin", "*/*;q=x", "0", "x", "9" * 20]),
    max_size=3,
)
PERSONAS = st.sampled_from(
    [
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


def _quote(text: str) -> str:
    return urllib.parse.quote(text, safe="", errors="surrogatepass")


@st.composite
def _queries(draw, known):
    """A query string, mostly of parameters that mean something."""
    if _rarely(draw):
        return draw(RAW)
    names = st.sampled_from(known or ["x"])
    if not known and not _rarely(draw):
        return ""
    if _rarely(draw):
        names = TEXT
    most = 4 if known else 1
    pairs = draw(st.lists(st.tuples(names, TEXT), max_size=most))
    return "&".join(f"{_quote(name)}={_quote(value)}" for name, value in pairs)


@st.composite
def _paths(draw, template):
    """A percent-encoded path, mostly that of the template."""
    if _rarely(draw):
        return f"/{_quote(draw(TEXT))}/{draw(RAW)}"
    if "{id}" in template:
        # The tasks of the requests before this one.
        ids = st.integers(0, 30).map(str) | TEXT
        template = template.replace("{id}", _quote(draw(ids)))
    if "{batch_id}" in template and draw(st.booleans()):
        template = template.replace("{batch_id}", "batch-1")
    path = re.sub("{.*?}", lambda _: _quote(draw(TEXT)), template)
    if _rarely(draw):
        path += draw(st.sampled_from(["/", "//", "/x", "/.", "%2F", "%00"]))
    return path


def _rarely(draw) -> bool:
    return draw(st.integers(0, 15)) == 7


@st.composite
def environs(draw, templates):
    """A WSGI environment; the body lies in it as bytes.

    :param templates: paths that are there, with names in braces.
    """
    template = draw(st.sampled_from(templates))
    raw = draw(_paths(template))
    path = urllib.parse.unquote_to_bytes(raw.encode("latin-1"))
    known = PARAMETERS.get(template, "").split()
    # Only what takes a body is worth a POST as often as a GET.
    posts = 8 if template == "/v2/task/reprocesses" else 1
    method = draw(st.sampled_from([*METHODS, *["POST"] * posts]))
    query = draw(_queries(known if method != "POST" or _rarely(draw) else []))
    body = draw(
        BODIES.map(lambda value: json.dumps(value).encode("ascii"))
        | st.binary(max_size=50)
    )
    made = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path.decode("latin-1"),
        "QUERY_STRING": query,
        "CONTENT_TYPE": draw(TYPES),
        "CONTENT_LENGTH": str(len(body)),
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8889",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": body,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    if draw(st.booleans()):
        made["REQUEST_URI"] = f"{raw}?{query}"
    made |= draw(PERSONAS)
    return made | draw(HEADERS) if draw(st.booleans()) else made
