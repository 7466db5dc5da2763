# SPDX-License-Identifier: Apache-2.0
"""WSGI filters.

The functions are instances of ``paste.filter_factory`` that pass the options
of this process to the filters of oslo.middleware. Otherwise the filters read
the default files again, without the files of the command line.
"""

import collections.abc
import logging
import typing

import webob
from keystoneauth1 import exceptions as ksa_exceptions
from keystonemiddleware import auth_token
from oslo_context import context
from oslo_middleware import cors
from oslo_middleware import http_proxy_to_wsgi
from oslo_middleware import sizelimit

from cloudkitty.api import error_body
from cloudkitty.api import error_codes
from cloudkitty.api import errors
from cloudkitty.api import registry
from cloudkitty.api import token_cache
from cloudkitty.common import log_fields
from cloudkitty.conf import defaults

LOG = logging.getLogger(__name__)

_ID = "openstack.request_id"
_ID_HEADER = "x-openstack-request-id"

Filter = collections.abc.Callable[[typing.Any], typing.Any]


def cors_filter(global_conf: dict[str, str], **local: str) -> Filter:
    """Allow cross-origin requests according to ``[cors]``."""
    conf = registry.find(global_conf).conf
    defaults.set_api_defaults()
    return lambda app: cors.CORS(app, conf)


def proxy_filter(global_conf: dict[str, str], **local: str) -> Filter:
    """Read scheme and host from the headers of a proxy, if enabled."""
    conf = registry.find(global_conf).conf
    return lambda app: http_proxy_to_wsgi.HTTPProxyToWSGI(app, conf)


def size_filter(global_conf: dict[str, str], **local: str) -> Filter:
    """Reject large bodies before they are read."""
    conf = registry.find(global_conf).conf
    return lambda app: sizelimit.RequestBodySizeLimiter(app, conf)


class AuthTokenMiddleware:
    """keystonemiddleware's auth_token with public paths.

    :param app: the protected application.
    :param conf: options of auth_token.
    :param public: paths that require no token.
    :raises cloudkitty.common.exceptions.InvalidConfiguration: if the library
        of the token cache is not installed.
    """

    def __init__(
        self,
        app: typing.Any,
        conf: dict[str, typing.Any],
        public: collections.abc.Iterable[str],
    ) -> None:
        self._app = app
        # auth_token registers its options, and removes items of its argument.
        self._protected = auth_token.AuthProtocol(app, dict(conf))
        token_cache.check(conf["oslo_config_config"], conf)
        # Match the paths with and without one trailing slash, and no other
        # spelling: the router must select the same resource as this filter.
        self._public = {
            path
            for each in public
            for path in (each.rstrip("/"), each.rstrip("/") + "/")
        }

    @classmethod
    def factory(
        cls, global_conf: dict[str, str], **local_conf: typing.Any
    ) -> Filter:
        """Return the filter: ``paste.filter_factory``."""
        routes = local_conf.pop("acl_public_routes", "")
        public = [each.strip() for each in routes.split(",") if each.strip()]
        options = {
            **local_conf,
            "oslo_config_config": registry.find(global_conf).conf,
        }
        return lambda app: cls(app, dict(options), public)

    def __call__(
        self, environ: dict[str, typing.Any], start_response: typing.Any
    ) -> typing.Any:
        if environ.get("PATH_INFO", "") in self._public:
            return self._app(_without_identity(environ), start_response)
        try:
            return self._protected(environ, start_response)
        except ksa_exceptions.ClientException as error:
            # auth_token returns 503 if the validation of a token fails, but
            # raises if it cannot discover Keystone.
            LOG.warning(
                *log_fields.event(
                    "keystone cannot be reached", error=type(error).__name__
                )
            )
            unavailable = webob.Response(status=503)
            return unavailable(environ, start_response)


def _without_identity(
    environ: dict[str, typing.Any],
) -> dict[str, typing.Any]:
    """Remove the headers that only auth_token may set."""
    for key in list(environ):
        if key.startswith(_IDENTITY):
            del environ[key]
    return environ


_IDENTITY = (
    "HTTP_X_ROLE",
    "HTTP_X_USER",
    "HTTP_X_PROJECT",
    "HTTP_X_TENANT",
    "HTTP_X_DOMAIN",
    "HTTP_X_SERVICE_",
    "HTTP_X_IDENTITY",
    "HTTP_X_IS_ADMIN_PROJECT",
    "HTTP_OPENSTACK_SYSTEM_SCOPE",
)


class Outermost:
    """Adds a request id to every response and the error body to errors."""

    def __init__(self, app: typing.Any) -> None:
        self._app = app

    def __call__(
        self, environ: dict[str, typing.Any], start_response: typing.Any
    ) -> typing.Any:
        path = environ.get("PATH_INFO", "")
        if path and not path.startswith("/"):
            # For "OPTIONS *" and absolute URLs: paste's urlmap fails on them.
            environ["PATH_INFO"] = f"/{path}"
        response = self._answer(environ)
        known = response.headers.get(_ID_HEADER) or environ.get(_ID)
        ident = known or context.generate_request_id()
        response.headers[_ID_HEADER] = ident
        if response.status_int >= 400 and not environ.get(error_body.RENDERED):
            _render(response, ident, error_body.for_version_one(environ))
        if response.status_int == 204:
            # There is no body, but pecan requires a content type.
            response.headers.pop("Content-Type", None)
        return response(environ, start_response)

    def _answer(self, environ: dict[str, typing.Any]) -> webob.Response:
        if "HTTP_TRANSFER_ENCODING" in environ and not environ.get(
            "wsgi.input_terminated"
        ):
            # The server does not mark the end of the body: reading it would
            # block.
            return webob.Response(status=411)
        try:
            return webob.Request(environ).get_response(self._app)
        except Exception:
            # Log the exception and return it like any other error, so that
            # the process continues.
            ident = environ.setdefault(_ID, context.generate_request_id())
            LOG.exception(
                *log_fields.event(
                    "request failed",
                    request_id=ident,
                )
            )
            environ[error_body.RENDERED] = False
            return webob.Response(status=500)


def _render(response: webob.Response, ident: str, fault: bool) -> None:
    status = response.status_int
    code = error_codes.BY_STATUS.get(
        status,
        error_codes.REQUEST_REJECTED
        if status < 500
        else error_codes.SERVER_FAILED,
    )
    detail = _DETAILS.get(status, error_body.title(status))
    # Keep the other headers (WWW-Authenticate, Allow, ...).
    response.app_iter = [
        error_body.encode(status, code, detail, ident, fault=fault)
    ]
    response.content_length = len(response.app_iter[0])
    response.content_type = "application/json"
    response.content_encoding = None


_DETAILS = {
    401: "the request has no valid token: send a Keystone token in the "
    "header X-Auth-Token",
    404: errors.PATH_UNKNOWN_DETAIL,
    411: "the body has no length: send the header Content-Length",
    413: "the body is too large: send a smaller body, or several requests",
    500: "internal error: the log of the service contains the details under "
    "the request id",
    503: "a service that this one depends on does not respond: try again "
    "later",
}
