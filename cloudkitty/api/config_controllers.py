# SPDX-License-Identifier: Apache-2.0
"""``config_controller`` classes of rating modules of CloudKitty 25.

They are pecan controllers that read query and body with pecan and WSME, so
each has a pecan application of its own beside that of this API.
"""

import collections.abc
import typing

import pecan
import pecan.core
import pecan.hooks
import pecan.rest
import webob.exc

from cloudkitty.api import error_body
from cloudkitty.api import errors
from cloudkitty.api.request import authorize as ck_authorize
from cloudkitty.api.request import hooks
from cloudkitty.compat import process
from cloudkitty.policies import rating as policy
from cloudkitty.rating import base as rating_base

#: Parents of the paths, with the old name of the service.
_PARENTS = (
    ["", "v1", "rating", "module_config"],
    ["", "v1", "billing", "module_config"],
)


def authorize(
    context: object,
    action: str,
    target: collections.abc.Mapping[str, object] | None = None,
) -> None:
    """Check that the current request satisfies a rule.

    Import path of CloudKitty 25: ``cloudkitty.common.policy.authorize``.

    :param context: ignored; the identity is that of the current request.
    :raises webob.exc.HTTPForbidden: if it does not. pecan and WSME return its
        status.
    """
    try:
        ck_authorize.authorize(action, target or None)
    except errors.Forbidden as error:
        raise webob.exc.HTTPForbidden(error.detail) from error


class RatingRestControllerBase(pecan.rest.RestController):
    """Base class of the controllers of rating modules of upstream.

    Every request is checked by the rule ``rating:module_config``, also in
    controllers without this base class: see ``_Hook``.
    """


class _Hook(pecan.hooks.PecanHook):
    """Authorise a request, and give controllers ``pecan.request.context``."""

    def on_route(self, state: pecan.core.RoutingState) -> None:
        state.request.context = state.request.context_

    def before(self, state: pecan.core.RoutingState) -> None:
        authorize(state.request.context, policy.MODULE_CONFIG)


class _Node:
    """One segment of a path."""

    def __init__(self, **below: object) -> None:
        # Names of modules need not be identifiers.
        vars(self).update(below)


class ConfigControllers:
    """WSGI middleware that serves the controllers.

    :param application: serves all other paths.
    :param controllers: controller classes by rating module.
    """

    def __init__(
        self,
        application: typing.Any,
        controllers: collections.abc.Mapping[str, typing.Any],
        services: hooks.Services,
    ) -> None:
        self._application = application
        self._names = frozenset(controllers)
        parts = {name: made() for name, made in controllers.items()}
        rating = _Node(module_config=_Node(**parts))
        self._controllers = pecan.Pecan(
            _Node(v1=_Node(rating=rating, billing=rating)),
            hooks=[hooks.RequestHook(services), _Hook(), hooks.ErrorHook()],
            default_renderer="json",
            force_canonical=False,
            guess_content_type_from_ext=False,
        )

    def __call__(
        self, environ: dict[str, typing.Any], start_response: typing.Any
    ) -> typing.Any:
        # A string of Latin-1 characters, one for each byte.
        parts = environ.get("PATH_INFO", "").split("/")
        application = self._application
        if parts[:4] in _PARENTS and len(parts) > 4:
            name = parts[4].encode("latin-1").decode("utf-8", "replace")
            if name in self._names:
                application = self._controllers
                # WSME writes the error bodies, and the hook all others.
                environ[error_body.RENDERED] = True
        return application(environ, start_response)


def mount(
    application: typing.Any,
    services: hooks.Services,
    taken: collections.abc.Container[str],
) -> typing.Any:
    """Return the application with the controllers of the rating modules.

    :param taken: modules that have a part of this API.
    """
    controllers = {
        name: controller
        for name, module in services.rating_modules.items()
        if name not in taken
        and (controller := _controller(module)) is not None
    }
    if not controllers:
        return application
    process.use(services.conf, services.rpc)
    return ConfigControllers(application, controllers, services)


def _controller(module: type[rating_base.RatingModule]) -> typing.Any:
    """Return the controller class of an adapted module of upstream."""
    return getattr(module, "config_controller", None)
