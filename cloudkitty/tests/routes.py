# SPDX-License-Identifier: Apache-2.0
"""Discover the routes of the API by walking its resources.

There is no list of routes: each resource is looked up under every word of the
source of the API, and under ids. A new route is found here without an edit,
and the tests that walk the routes check its policy, its roles and its answers
to invalid requests.
"""

import ast
import collections.abc
import contextlib
import dataclasses
import functools
import importlib
import pathlib
import re
import types
import typing

import pecan.core
import pecan.routing
from oslo_policy import policy

from cloudkitty import policies
from cloudkitty.api import app
from cloudkitty.api import errors
from cloudkitty.api import loading
from cloudkitty.api import resource
from cloudkitty.api.request import hooks

#: Stands for an id in a template.
ID = "{}"
#: Ids of all kinds that resources have: numbers, UUIDs, texts.
SAMPLES = ("7", "00000000-0000-4000-8000-000000000007", "no-word-of-ours")
#: Paths by other names.
ALIASES = {"/v1/billing": "/v1/rating"}
_DEEPEST = 8
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,40}")


@dataclasses.dataclass(frozen=True)
class Route:
    """One path.

    :param path: its template, with ``{}`` for each id.
    :param sample: the template with ids that fit.
    :param methods: without HEAD and OPTIONS.
    :param resource: what answers it.
    """

    path: str
    sample: str
    methods: tuple[str, ...]
    resource: resource.Resource


def find(services: hooks.Services) -> list[Route]:
    """Return all routes.

    :param services: of a configuration without authentication, or the walk
        would be refused.
    """
    root = app.build(services.conf, services).root
    with _request(services):
        return list(_walk(root, "", ""))


def operations(
    conf: typing.Any,
) -> dict[tuple[str, str], list[policy.RuleDefault]]:
    """Return (method, template) to the rules that name this operation."""
    parts = [
        *loading.load_modules(conf).values(),
        *loading.load_module_configs(conf).values(),
    ]
    found: dict[tuple[str, str], list[policy.RuleDefault]] = {}
    for rule in [
        *policies.list_rules(),
        *(rule for part in parts for rule in part.rules),
    ]:
        for operation in getattr(rule, "operations", ()):
            methods = operation["method"]
            for method in [methods] if isinstance(methods, str) else methods:
                key = (method, template(operation["path"]))
                found.setdefault(key, []).append(rule)
    return found


def template(path: str) -> str:
    """Return a documented path with all its ids alike."""
    return re.sub(r"\{.*?\}", ID, path.rstrip("/")) or "/"


def without_alias(path: str) -> str:
    """Return the path under the name by which the policies know it."""
    for other, name in ALIASES.items():
        if path == other or path.startswith(f"{other}/"):
            return name + path.removeprefix(other)
    return path


def resource_classes() -> set[type]:
    """Return the classes of resources in ``cloudkitty.api``.

    Classes with subclasses are left out: they have no path of their own.
    """
    folder = pathlib.Path(app.__file__).parent
    for path in sorted(folder.rglob("*.py")):
        parts = ["cloudkitty", "api", *path.relative_to(folder).parts[:-1]]
        if path.stem != "__init__":
            parts.append(path.stem)
        importlib.import_module(".".join(parts))
    return set(_leaves(resource.Resource))


def _leaves(parent: type) -> collections.abc.Iterator[type]:
    # Ignore the subclasses of tests and plugins.
    children = [
        child
        for child in parent.__subclasses__()
        if child.__module__.startswith("cloudkitty.api.")
    ]
    if not children:
        yield parent
    for child in children:
        yield from _leaves(child)


def _walk(
    node: resource.Resource, path: str, sample: str
) -> collections.abc.Iterator[Route]:
    if path.count("/") > _DEEPEST:
        raise AssertionError(f"{path} goes on for ever")
    own = [m for m in node.allowed_methods() if m not in ("HEAD", "OPTIONS")]
    yield Route(path or "/", sample or "/", tuple(own), node)
    for segments, shown, below in _children(node):
        yield from _walk(below, f"{path}/{shown}", f"{sample}/{segments}")


def _children(
    node: resource.Resource,
) -> collections.abc.Iterator[tuple[str, str, resource.Resource]]:
    """Yield (path that was asked for, its template, resource)."""
    kinds = set()
    for sample in SAMPLES:
        below = _ask(node, [sample])
        if below is not None and type(below) not in kinds:
            kinds.add(type(below))
            yield sample, ID, below
    for word in _words():
        below = _ask(node, [SAMPLES[-1], word])
        if below is not None and type(below) not in kinds:
            yield f"{SAMPLES[-1]}/{word}", f"{ID}/{word}", below
        # An id may be any word: what an id leads to is no other route.
        below = _ask(node, [word])
        if below is not None and type(below) not in kinds:
            yield word, word, below
            continue
        for sample in SAMPLES:
            below = _ask(node, [word, sample])
            if below is not None and type(below) not in kinds:
                yield f"{word}/{sample}", f"{word}/{ID}", below
                break


def _ask(
    node: resource.Resource, segments: list[str]
) -> resource.Resource | None:
    """Return the resource at the end of ``segments``, or None."""
    try:
        found = node.child(segments)
    except errors.ApiError:
        return None
    if found is None:
        return None
    below, rest = found
    if rest and len(segments) > 1:
        return None
    if not isinstance(below, resource.Resource):
        raise AssertionError(f"{below} is no Resource: it escapes the walk")
    return None if rest else below


@functools.lru_cache
def _words() -> list[str]:
    """Return every text in the source of the API that may be a segment."""
    found = {
        node.value
        for path in pathlib.Path(app.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    for group in (
        "cloudkitty.api.v2",
        "cloudkitty.api.v1.module_config",
        "cloudkitty.rating.processors",
    ):
        points = importlib.metadata.entry_points(group=group)
        found |= {point.name for point in points}
    return sorted(text for text in found if _WORD.fullmatch(text))


@contextlib.contextmanager
def _request(services: hooks.Services) -> collections.abc.Iterator[None]:
    """Put a request in flight, for resources that look at it on the way."""
    state = pecan.core.state
    before = getattr(state, "request", None)
    state.request = types.SimpleNamespace(
        ck=services, context_=None, method="OPTIONS", environ={}
    )
    try:
        yield
    finally:
        state.request = before
