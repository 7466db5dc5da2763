# SPDX-License-Identifier: Apache-2.0
"""Discover the arguments of each route.

A request with an unknown argument is answered 400 with the names of the known
ones. So the arguments of a new route need no list for the generated requests.
"""

import dataclasses
import json
import re

import webob

from cloudkitty.tests import routes

_NONSENSE = "nonsense-argument"
_KNOWN = re.compile(f"'{_NONSENSE}' is not a known argument: send only (.*)$")


@dataclasses.dataclass(frozen=True)
class Target:
    """A path and what may be sent to it.

    :param path: with ``{}`` for each id.
    :param methods: those it has.
    :param queries: method to the arguments in its query.
    :param bodies: method to the keys of its body.
    """

    path: str
    methods: tuple[str, ...]
    queries: dict[str, tuple[str, ...]]
    bodies: dict[str, tuple[str, ...]]


def learn(wsgi, found: list[routes.Route]) -> list[Target]:
    """Ask each route for its arguments.

    :param wsgi: an application that permits every request.
    """
    return [
        Target(
            route.path,
            route.methods,
            {
                method: _ask(wsgi, method, f"{route.sample}?{_NONSENSE}=1")
                for method in route.methods
            },
            {
                method: _ask(
                    wsgi,
                    method,
                    route.sample,
                    json.dumps({_NONSENSE: 1}).encode(),
                )
                for method in route.methods
            },
        )
        for route in found
    ]


def _ask(wsgi, method: str, path: str, body: bytes = b"{}"):
    request = webob.Request.blank(path, method=method)
    request.body = body
    request.content_type = "application/json"
    answer = request.get_response(wsgi)
    if answer.status_int != 400:
        return ()
    known = _KNOWN.search(answer.json["message"])
    if known is None or known[1] == "no arguments":
        return ()
    return tuple(known[1].split(", "))
