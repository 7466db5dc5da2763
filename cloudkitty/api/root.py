# SPDX-License-Identifier: Apache-2.0
"""``/`` and ``/v2``: which versions and which modules there are."""

import collections.abc

import pecan
import wsme.types

from cloudkitty.api import resource


class Link(wsme.types.Base):
    """Where something is."""

    href = wsme.types.text
    rel = wsme.types.text


class Version(wsme.types.Base):
    """A version of the API."""

    id = wsme.types.text
    status = wsme.types.text
    links = [Link]


class Versions(wsme.types.Base):
    """The answer of ``/``."""

    versions = [Version]


class Module(wsme.types.Base):
    """A module of version 2."""

    name = wsme.types.text
    links = [Link]


class Modules(wsme.types.Base):
    """The answer of ``/v2``."""

    modules = [Module]


def _link(path: str) -> list[Link]:
    return [Link(href=f"{pecan.request.application_url}/{path}", rel="self")]


class Root(resource.Resource):
    """The versions.

    :param controllers: those of the modules, by name.
    """

    def __init__(
        self, controllers: collections.abc.Mapping[str, object]
    ) -> None:
        self.v2 = VersionTwo(controllers)

    def child(self, segments):
        return (self.v2, segments[1:]) if segments[0] == "v2" else None

    @resource.answers_json
    def get(self):
        version = Version(
            id="v2",
            # What existing clients see; they do not act on it.
            status="EXPERIMENTAL",
            links=_link("v2"),
        )
        return Versions(versions=[version])


class VersionTwo(resource.Resource):
    """The modules of version 2."""

    def __init__(
        self, controllers: collections.abc.Mapping[str, object]
    ) -> None:
        self.controllers = dict(controllers)

    def child(self, segments):
        controller = self.controllers.get(segments[0])
        return None if controller is None else (controller, segments[1:])

    @resource.answers_json
    def get(self):
        return Modules(
            modules=[
                Module(name=name, links=_link(f"v2/{name}"))
                for name in sorted(self.controllers)
            ]
        )
