# SPDX-License-Identifier: Apache-2.0
"""Strategies of hypothesis for values, sensible and hostile."""

from hypothesis import strategies as st

#: Stands for an id that an answer had under this name; the number picks which.
REFERENCE = "id-ref-{}-{}"
REFERENCE_PATTERN = r"id-ref-([a-z_]+)-(\d+)"


def references(name: str) -> st.SearchStrategy:
    """Return the placeholder of one kind of id, such as ``service_id``."""
    return st.integers(0, 9999).map(
        lambda number: REFERENCE.format(name, number)
    )


#: Any bytes, as WSGI hands them on.
RAW = st.binary(max_size=40).map(lambda raw: raw.decode("latin-1"))
HOSTILE = st.sampled_from(
    # Words that mean something somewhere.
    "ALL all asc DESC object scheduled preview time time-d time-x time- begin "
    "type type:instance project_id:project-1 project-1 project-1,project-2 "
    "flat rate instance hashmap noop pyscripts flavor true "
    "2026-11-01 2026-11-01T00:00:00+00:00 a,b a:b:c "
    # What careless readers take for something else.
    "0 -1 10 null NaN 1e400 1e-400 0.1 monday Jan 2147483648 "
    "9223372036854775808 00000000-0000-0000-0000-000000000000 "
    "0001-01-01T00:00:00+14:00 9999-12-31T23:59:59-14:00 "
    "20261131T256161Z 2026-11-01T25:61:61 "
    "+99:99 , : .. % %2F a/b __class__ é 日本 \U0001f600 "
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


def _objects(**parts) -> st.SearchStrategy:
    """Return objects that are mostly valid."""
    right = st.fixed_dictionaries(parts)
    wrong = st.fixed_dictionaries(
        {name: part | JSON for name, part in parts.items()}
    )
    return st.one_of([right] * 7 + [wrong])


_TIMES = st.sampled_from(
    [
        "2026-11-01",
        "2026-11-01T01:00:00Z",
        "2026-11-01 02:00:00+00:00",
        "2026-11-01T00:30",
        "2026-12-01T00:00:00",
        "2020-01-01",
        # The basic format, and similar invalid ones.
        "20261101T010000Z",
        "20261101T0300+02",
        "20261201",
        "20261101010000",
        20261101,
    ]
)
_NUMBERS = st.sampled_from(
    [0, 1, 2.5, "0.1", "1e3", 1, 2, "7.25", "9" * 24] * 2
    # Noise of floats, and digits that floats do not have.
    + [0.95 * 3, 1e-20, "12345678901234567.8901234567890123456789012345"]
    + [-1, 10**30, "x"]
)
_PROJECTS = st.sampled_from(["project-1", "project-2", "project-1", "nobody"])
_NAMES = st.sampled_from(
    ["instance", "volume", "flavor", "small", "é", "\U0001f600"]
)
#: Names of attributes that mean something else to the API.
_TAKEN_NAMES = st.sampled_from(
    "begin end qty rate type time time-d time-x month year week_of_the_year "
    "day_of_the_year price unit scope_id id".split()
)
_ATTRIBUTES = st.one_of(
    st.fixed_dictionaries(
        {}, optional={"project_id": _PROJECTS, "flavor": _NAMES, "x": JSON}
    ),
    st.dictionaries(_TAKEN_NAMES, _NAMES, max_size=3),
)
_POINTS = _objects(
    vol=_objects(unit=_NAMES, qty=_NUMBERS),
    rating=_objects(price=_NUMBERS),
    groupby=_objects(project_id=_PROJECTS, flavor=_NAMES)
    | st.builds(
        lambda taken, project: {**taken, "project_id": project},
        st.dictionaries(_TAKEN_NAMES, _NAMES, max_size=3),
        _PROJECTS,
    ),
    metadata=_ATTRIBUTES,
)
_HOURS = st.integers(0, 5).map(
    lambda hour: {
        "begin": f"2026-11-01T{hour:02}:00",
        "end": f"2026-11-01T{hour + 1:02}:00",
    }
)
_FRAMES = _objects(
    period=st.one_of([_HOURS] * 7 + [_objects(begin=_TIMES, end=_TIMES)]),
    usage=st.dictionaries(_NAMES, st.lists(_POINTS, max_size=3), max_size=2),
)
_RESOURCES = _objects(
    service=_NAMES,
    volume=_NUMBERS,
    desc=_objects(groupby=_ATTRIBUTES, metadata=_ATTRIBUTES),
)
#: By the name of the argument, values with which some requests are accepted.
PLAUSIBLE = {
    "active": st.booleans() | st.sampled_from(["0", "1"]),
    "allow_empty": st.booleans(),
    "all_scopes": st.booleans(),
    "all_tenants": st.booleans(),
    "begin": _TIMES,
    "closed_before": _TIMES | st.none(),
    "collector": st.just("openmetrics") | _NAMES,
    "cost": _NUMBERS,
    "created_after": _TIMES,
    "created_before": _TIMES,
    "data": st.sampled_from(["", "data = data", "import os", "x" * 100]),
    "dataframes": st.lists(_FRAMES, min_size=1, max_size=3),
    "desc": _ATTRIBUTES,
    "dry_run": st.booleans(),
    "digest": st.just("0" * 64),
    "enabled": st.booleans(),
    "include": st.sampled_from(
        ["days", "details", "metrics", "overview", "periods", "scopes"]
        + ["tasks"]
    ),
    "end": _TIMES,
    "end_reprocess_time": _TIMES,
    "fetcher": st.just("source") | _NAMES,
    "filters": st.sampled_from(
        ["project_id:project-1", "type:instance,flavor:large", "a:b,a:c"]
    )
    | _TAKEN_NAMES.map("{}:small".format)
    | st.fixed_dictionaries(
        {},
        optional={
            "state": st.sampled_from(["scheduled", ["failed", "paused"]]),
            "scope_id": _PROJECTS,
            "batch_id": st.just("batch-1"),
            "reason": st.sampled_from(["because", "é"]),
        },
    )
    | st.dictionaries(TEXT, JSON, max_size=3),
    "force": st.booleans(),
    "groupby": st.sampled_from(
        ["type", "time", "time-d,time-m", "project_id,flavor", "res_type"]
    )
    | st.lists(_TAKEN_NAMES, min_size=1, max_size=3).map(",".join),
    "last_processed_timestamp": _TIMES,
    "level": _NUMBERS,
    "limit": st.integers(1, 100),
    "map_type": st.sampled_from(["flat", "rate"]),
    "max_running": st.integers(0, 3),
    "metrics": st.sampled_from([None, "cpu", ["cpu", "disk"]]),
    "mode": st.sampled_from(["reprocess", "preview"]),
    "name": _NAMES,
    "not_before": _TIMES,
    "offset": st.integers(0, 20),
    "order": st.sampled_from(["asc", "DESC"]),
    "preview_batch_id": references("batch_id") | st.just("batch-1"),
    "priority": st.integers(-1, 100),
    "reason": st.sampled_from(["because", "é"]),
    "recursive": st.booleans(),
    "resources": st.lists(_RESOURCES, max_size=3),
    "response_format": st.sampled_from(["table", "object"]),
    "scope_id": _PROJECTS | st.integers(3, 99).map("project-{}".format),
    "scope_ids": st.sampled_from(
        ["project-1", "ALL", ["project-1", "project-2"], "nobody"]
    ),
    "scope_key": st.just("project_id"),
    "service": _NAMES,
    "start": _TIMES,
    "start_reprocess_time": _TIMES,
    "state": st.sampled_from(["paused", "scheduled", "cancelled"]) | _TIMES,
    "tenant_id": _PROJECTS,
    "value": _NAMES,
}


def of(name: str) -> st.SearchStrategy:
    """Return plausible values of an argument."""
    if name in PLAUSIBLE:
        return PLAUSIBLE[name]
    if name.endswith("_id"):
        return references(name)
    return TEXT | JSON


#: Objects that are accepted if their references exist.
_COST = {"cost": _NUMBERS, "map_type": PLAUSIBLE["map_type"]}
_LEVEL = {**_COST, "level": _NUMBERS}
_SCRIPT = {"name": st.text("abcdef", min_size=1, max_size=9)}
TYPICAL = [
    {"name": st.text("abcdef", min_size=1, max_size=9)},
    {**_SCRIPT, "service_id": references("service_id")},
    {**_COST, "service_id": references("service_id")},
    {
        **_COST,
        "field_id": references("field_id"),
        "value": st.text("abcdef", min_size=1, max_size=9),
    },
    {
        **_COST,
        "service_id": references("service_id"),
        "group_id": references("group_id"),
        "tenant_id": _PROJECTS,
    },
    {**_LEVEL, "service_id": references("service_id")},
    {**_LEVEL, "field_id": references("field_id")},
    {**_SCRIPT, "data": PLAUSIBLE["data"]},
    {
        "scope_id": PLAUSIBLE["scope_id"],
        "last_processed_timestamp": _TIMES,
    },
    {"all_scopes": st.just(True), "last_processed_timestamp": _TIMES},
    {"mapping_id": references("mapping_id")},
    {"threshold_id": references("threshold_id")},
]


def typical(names: tuple[str, ...]) -> list[st.SearchStrategy]:
    """Return the typical bodies that have no other keys than ``names``."""
    return [
        st.fixed_dictionaries(each)
        for each in TYPICAL
        if each.keys() <= set(names)
    ]
