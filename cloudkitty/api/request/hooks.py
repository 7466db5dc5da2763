# SPDX-License-Identifier: Apache-2.0
"""Hooks that add services to requests and convert errors to responses."""

import collections.abc
import dataclasses
import logging

import pecan
import pecan.core
import pecan.hooks
import webob
import webob.exc
from oslo_config import cfg
from oslo_db import exception as db_exception
from oslo_policy import policy
from sqlalchemy import exc as sa_exc

from cloudkitty.api import error_body
from cloudkitty.api import error_codes
from cloudkitty.api import errors
from cloudkitty.api.request import context as ck_context
from cloudkitty.common import clock as ck_clock
from cloudkitty.common import log_fields
from cloudkitty.common import notifications as ck_notifications
from cloudkitty.common import rpc as ck_rpc
from cloudkitty.db import facade
from cloudkitty.db import list_totals as ck_row_counts
from cloudkitty.rating import base as rating_base
from cloudkitty.rating import loader as rating_loader
from cloudkitty.storage import base as storage_base

LOG = logging.getLogger(__name__)

#: Errors of the services that the API depends on.
_DOWN = (
    storage_base.StorageError,
    db_exception.DBError,
    sa_exc.SQLAlchemyError,
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Objects that handlers use, the same for all requests.

    :param conf: the process's options.
    :param database: the service's database.
    :param storage: the storage of rated points.
    :param clock: source of the current time.
    :param notifications: sends notifications on tasks.
    :param row_counts: cached lengths of lists.
    :param enforcer: policy enforcer with the rules of all loaded modules.
    :param rpc: client of the processors.
    :param rating_modules: the installed rating modules, by name.
    """

    conf: cfg.ConfigOpts
    database: facade.Database
    storage: storage_base.Storage
    clock: ck_clock.Clock
    enforcer: policy.Enforcer
    notifications: ck_notifications.Notifications = ck_notifications.SILENT
    rpc: ck_rpc.Client = ck_rpc.UNREACHABLE
    rating_modules: collections.abc.Mapping[
        str, type[rating_base.RatingModule]
    ] = dataclasses.field(default_factory=rating_loader.modules)
    row_counts: ck_row_counts.RowCounts = dataclasses.field(
        default_factory=ck_row_counts.RowCounts
    )


def services() -> Services:
    """Return the services of the current request."""
    return pecan.request.ck


def context() -> ck_context.RequestContext:
    """Return the identity of the sender of the current request."""
    return pecan.request.context_


class RequestHook(pecan.hooks.PecanHook):
    """Add services and context to a request before it is routed."""

    def __init__(self, made: Services) -> None:
        self._services = made
        self._everyone_admin = made.conf.auth_strategy != "keystone"

    def on_route(self, state: pecan.core.RoutingState) -> None:
        state.request.ck = self._services
        state.request.context_ = ck_context.make(
            state.request.environ,
            self._services.enforcer,
            self._everyone_admin,
        )


class ErrorHook(pecan.hooks.PecanHook):
    """Convert every exception to the error body.

    :param debug: whether pecan's debug page handles internal errors.
    """

    def __init__(self, debug: bool = False) -> None:
        self._debug = debug

    def on_error(
        self, state: pecan.core.RoutingState, error: Exception
    ) -> webob.Response | None:
        environ = state.request.environ
        request_id = environ.get("openstack.request_id")
        answered = translate(error)
        if answered.status == 503:
            _log_unavailable(environ["REQUEST_METHOD"], error)
        elif answered.status >= 500:
            LOG.error(
                *log_fields.event(
                    "request failed",
                    method=environ["REQUEST_METHOD"],
                    status=answered.status,
                ),
                exc_info=error,
            )
        environ[error_body.RENDERED] = True
        if self._debug and answered.code == error_codes.SERVER_FAILED:
            return None
        response = webob.Response(
            status=answered.status,
            content_type="application/json",
            body=error_body.encode(
                answered.status,
                answered.code,
                answered.detail,
                request_id,
                fault=error_body.for_version_one(environ),
            ),
        )
        response.headers.update(answered.headers)
        return response


def _log_unavailable(method: str, error: Exception) -> None:
    """Log one line without a traceback, unless the cause is logged already."""
    away = any(
        isinstance(each, db_exception.DBConnectionError)
        for each in (error, error.__cause__)
    )
    LOG.log(
        # db.outage logs that the database is away, and its return.
        logging.DEBUG if away else logging.WARNING,
        *log_fields.event(
            "request failed",
            method=method,
            status=503,
            error=type(error.__cause__ or error).__name__,
        ),
    )


def translate(error: Exception) -> errors.ApiError:
    """Return the API error for an exception of a handler or of pecan."""
    if isinstance(error, errors.ApiError):
        return error
    if isinstance(error, webob.exc.HTTPNotFound):
        return errors.NotFound(
            error_codes.PATH_UNKNOWN, errors.PATH_UNKNOWN_DETAIL
        )
    if isinstance(error, webob.exc.HTTPClientError):
        made = errors.BadRequest(
            error_codes.BY_STATUS.get(
                error.status_int, error_codes.REQUEST_REJECTED
            ),
            error.detail or error.explanation or error.title,
        )
        made.status = error.status_int
        return made
    if isinstance(error, ck_rpc.Unavailable):
        return errors.Unavailable(
            error_codes.SERVICE_UNAVAILABLE,
            "no processor responds on the message bus: try again later",
        )
    if isinstance(error, _DOWN):
        return errors.Unavailable(
            error_codes.SERVICE_UNAVAILABLE,
            "the database does not respond; nothing was changed: try again "
            "later",
        )
    return errors.ApiError(
        error_codes.SERVER_FAILED,
        "internal error: the log of the service contains the details under "
        "the request id",
    )
