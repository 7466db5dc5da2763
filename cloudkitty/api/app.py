# SPDX-License-Identifier: Apache-2.0
"""The WSGI application."""

import collections.abc
import configparser
import contextlib
import logging
import os
import typing

import pecan
import pecan.core
import pecan.middleware.debug
import pecan.routing
from oslo_config import cfg
from paste import deploy

from cloudkitty.api import config_controllers
from cloudkitty.api import loading
from cloudkitty.api import middleware
from cloudkitty.api import registry
from cloudkitty.api import root
from cloudkitty.api.request import hooks
from cloudkitty.api.request import wsgi_path
from cloudkitty.api.v1 import root as v1_root
from cloudkitty.api.v2 import base
from cloudkitty.common import clock as ck_clock
from cloudkitty.common import exceptions
from cloudkitty.common import log_fields
from cloudkitty.common import notifications as ck_notifications
from cloudkitty.common import rpc as ck_rpc
from cloudkitty.common.rpc import client as rpc_client
from cloudkitty.db import facade
from cloudkitty.db import startup
from cloudkitty.policies import enforcer as ck_enforcer
from cloudkitty.rating import loader as rating_loader
from cloudkitty.storage import base as storage_base
from cloudkitty.storage import loader as storage_loader
from cloudkitty.storage import readiness

LOG = logging.getLogger(__name__)


def load(
    conf: cfg.ConfigOpts,
    services: hooks.Services | None = None,
    rpc: ck_rpc.Client | None = None,
) -> typing.Any:
    """Return the application with the pipeline of the paste file.

    :param services: services of a test; with ``None``, they are created from
        ``conf``.
    :param rpc: client of the processors; with ``None``, a client of the
        message bus is created.
    :raises cloudkitty.common.exceptions.InvalidConfiguration: if an option,
        a file or the database schema is invalid.
    """
    path = conf.find_file(conf.api_paste_config)
    if path is None:
        raise exceptions.InvalidConfiguration(
            f"[DEFAULT] api_paste_config = {conf.api_paste_config}: the file "
            "does not exist"
        )
    with registry.offered(registry.Entry(conf, services, rpc)) as key:
        global_conf = {registry.KEY: key}
        if len(conf.config_file or ()) == 1:
            # For oslo filters in a paste file of an earlier release.
            global_conf["oslo_config_file"] = conf.config_file[0]
        with _paste_errors(path):
            loaded = deploy.loadapp(
                f"config:{os.path.abspath(path)}",
                name=f"cloudkitty+{conf.auth_strategy}",
                global_conf=global_conf,
            )
    LOG.info(
        *log_fields.event(
            "api loaded",
            path=path,
        )
    )
    # Wrap the whole pipeline, so that an error of any part of it has the
    # error body and a request id, independently of the paste file.
    return middleware.Outermost(loaded)


@contextlib.contextmanager
def _paste_errors(path: str) -> collections.abc.Iterator[None]:
    """Name the file in the errors of the library."""
    try:
        yield
    except (LookupError, configparser.Error) as error:
        # The library raises no subclass of LookupError, this service may.
        if isinstance(error, KeyError | IndexError):
            raise
        raise exceptions.InvalidConfiguration(
            f"[DEFAULT] api_paste_config: {path}: {error}"
        ) from error


def app_factory(global_conf: dict[str, str], **local_conf: str) -> typing.Any:
    """Return the innermost application: ``paste.app_factory``."""
    entry = registry.find(global_conf)
    return build(entry.conf, entry.services, entry.rpc)


def build(
    conf: cfg.ConfigOpts,
    services: hooks.Services | None = None,
    rpc: ck_rpc.Client | None = None,
) -> typing.Any:
    """Return the pecan application without filters."""
    modules = loading.load_modules(conf)
    configs = loading.load_module_configs(conf)
    if services is None:
        services = make_services(
            conf, [*modules.values(), *configs.values()], rpc
        )
    application: typing.Any = _Pecan(
        root.Root(
            v1_root.VersionOne(_controllers(configs, services)),
            root.VersionTwo(_controllers(modules, services)),
        ),
        hooks=[
            hooks.RequestHook(services),
            hooks.ErrorHook(debug=conf.api.pecan_debug),
        ],
        request_cls=_Request,
        default_renderer="json",
        force_canonical=False,
        guess_content_type_from_ext=False,
    )
    application = config_controllers.mount(application, services, configs)
    if conf.api.pecan_debug:
        application = pecan.middleware.debug.DebugMiddleware(application)
    return application


def make_services(
    conf: cfg.ConfigOpts,
    modules: collections.abc.Iterable[base.Module],
    rpc: ck_rpc.Client | None = None,
) -> hooks.Services:
    """Return the services of the handlers, created from the options.

    :param modules: API modules whose policy rules are registered.
    :param rpc: client of the processors; ``None`` creates a client of the
        message bus.
    """
    # A request returns an error immediately if the database is down.
    database = facade.Database(conf, wait_at_first=False)
    refusals = startup.Refusals()
    with refusals.gather():
        storage = storage_loader.load(conf, database)
        _check_stored(conf, database, storage)
    with refusals.gather():
        enforcer = ck_enforcer.make_enforcer(
            conf, [rule for each in modules for rule in each.rules]
        )
    refusals.check()
    rating_modules = rating_loader.modules(conf)
    rating_loader.warn(rating_modules)
    return hooks.Services(
        conf=conf,
        database=database,
        storage=storage,
        clock=ck_clock.SystemClock(),
        enforcer=enforcer,
        notifications=ck_notifications.make(conf),
        rpc=rpc or rpc_client.BusClient(conf),
        rating_modules=rating_modules,
    )


def _check_stored(
    conf: cfg.ConfigOpts,
    database: facade.Database,
    storage: storage_base.Storage,
) -> None:
    """Check that the schemas belong to this release, and no points are hidden.

    A database that is down is not an error: requests return 503 until it
    responds.

    :raises cloudkitty.common.exceptions.InvalidConfiguration: if a schema
        differs; the message contains the command that corrects it.
    """
    try:
        readiness.check(conf, database, storage)
    except readiness.DOWN as error:
        LOG.warning(
            *log_fields.event(
                "schema not checked, the database does not respond",
                error=type(error).__name__,
            ),
        )
    finally:
        # A WSGI server may fork afterwards.
        database.dispose()
        storage.close()


def _controllers(
    modules: dict[str, base.Module], services: hooks.Services
) -> dict[str, object]:
    return {
        name: module.controller(services) for name, module in modules.items()
    }


class _Request(pecan.Request):
    """A request whose query and body pecan does not read.

    pecan decodes query and body before the authorisation, and fails if they
    are malformed. ``api.query`` and ``api.body`` read them strictly, after
    the authorisation.
    """

    GET: typing.Any = property(lambda self: _Nothing())
    params: typing.Any = property(lambda self: _Nothing())
    # Responses are JSON, whatever the client accepts.
    accept: typing.Any = property(lambda self: None)

    @property
    def path_info(self) -> str:
        """The path for pecan's messages; ``wsgi_path`` routes requests."""
        path = self.environ.get("PATH_INFO", "").encode("latin-1")
        return path.decode("utf-8", "replace")

    @property
    def json(self) -> typing.NoReturn:
        raise ValueError("read with cloudkitty.api.request.body")


class _Nothing(dict[str, str]):
    """Empty parameters with the interface that pecan expects."""

    def mixed(self) -> dict[str, str]:
        return {}


class _Pecan(pecan.Pecan):
    """pecan with routing by the path as the client sent it."""

    def route(
        self, req: pecan.Request, node: object, path: str
    ) -> tuple[object, typing.Any]:
        return pecan.routing.lookup_controller(
            node, wsgi_path.segments(req.environ), req
        )

    def _handle_empty_response_body(
        self, state: pecan.core.RoutingState
    ) -> None:
        """Keep status 200 of responses without a body: OPTIONS and HEAD."""
        if state.response.status_int == 204:
            state.response.content_type = None
            state.response.content_length = None
