# SPDX-License-Identifier: Apache-2.0
"""``/`` and ``/v2``: lists of the versions and of the modules."""

import collections.abc

import pecan
import wsme.types

from cloudkitty.api import ordered
from cloudkitty.api import resource
from cloudkitty.api.request import hooks


class Link(ordered.Base):
    """A link to a resource."""

    href = wsme.types.text
    rel = wsme.types.text


class Version(ordered.Base):
    """A version of the API."""

    id = wsme.types.text
    status = wsme.types.text
    links = [Link]


class Versions(ordered.Base):
    """The response of ``/``."""

    versions = [Version]


class Module(ordered.Base):
    """A module of version 2, or a resource of version 1."""

    name = wsme.types.text
    links = [Link]


class Modules(ordered.Base):
    """The response of ``/v1`` and ``/v2``."""

    modules = [Module]
    #: ``[collect] period``; only of version 2.
    period_seconds = ordered.optional(int)


def _link(path: str) -> list[Link]:
    return [Link(href=f"{pecan.request.application_url}/{path}", rel="self")]


def list_modules(
    version: str, names: collections.abc.Iterable[str]
) -> Modules:
    """Return the modules of a version."""
    return Modules(
        modules=[
            Module(name=name, links=_link(f"{version}/{name}"))
            for name in sorted(names)
        ]
    )


class Root(resource.Resource):
    """The versions."""

    #: Published for existing clients, which do not use the values.
    STATUS = {"v1": "CURRENT", "v2": "EXPERIMENTAL"}

    def __init__(
        self, version_one: resource.Resource, version_two: resource.Resource
    ) -> None:
        self._versions = {"v1": version_one, "v2": version_two}

    def child(self, segments: resource.Segments) -> resource.Below:
        version = self._versions.get(segments[0])
        return None if version is None else (version, segments[1:])

    @resource.answers_json
    def get(self) -> Versions:
        return Versions(
            versions=[
                Version(id=name, status=self.STATUS[name], links=_link(name))
                for name in self._versions
            ]
        )


class VersionTwo(resource.Resource):
    """The modules of version 2."""

    def __init__(
        self, controllers: collections.abc.Mapping[str, object]
    ) -> None:
        self.controllers = dict(controllers)

    def child(self, segments: resource.Segments) -> resource.Below:
        controller = self.controllers.get(segments[0])
        return None if controller is None else (controller, segments[1:])

    @resource.answers_json
    def get(self) -> Modules:
        shown = list_modules("v2", self.controllers)
        shown.period_seconds = hooks.services().conf.collect.period
        return shown
