# SPDX-License-Identifier: Apache-2.0
"""The API in one process, for tests."""

import datetime
import pathlib

import webtest
from oslo_middleware import request_id
from oslo_middleware import sizelimit

import cloudkitty
from cloudkitty.api import app
from cloudkitty.api import loading
from cloudkitty.api import middleware
from cloudkitty.api.request import hooks
from cloudkitty.common import notifications
from cloudkitty.policies import enforcer
from cloudkitty.storage import loader as storage_loader
from cloudkitty.tests import databases
from cloudkitty.tests.fakes import clock as fake_clock
from cloudkitty.tests.fakes import rpc as fake_rpc

PASTE = (
    pathlib.Path(cloudkitty.__file__).parents[1]
    / "etc"
    / "cloudkitty"
    / "api_paste.ini"
)
METRICS = PASTE.with_name("metrics.prometheus.yml")
#: Time of the fake clock of the API.
NOW = datetime.datetime(2026, 11, 22, 12, 30, tzinfo=datetime.UTC)


def make_app(test, **given):
    """Return a ``webtest.TestApp``; arguments as ``make_services``."""
    return webtest.TestApp(make_wsgi(test, **given))


def make_wsgi(test, **given):
    """Return the WSGI application; arguments as ``make_services``."""
    return wsgi_of(make_services(test, **given))


def make_services(
    test,
    conf=None,
    database=None,
    storage=None,
    clock=None,
    told=None,
    rpc=None,
):
    """Return ``hooks.Services`` on a SQLite database of the test's own.

    The options are made noauth unless ``conf`` is given.
    """
    if conf is None:
        conf = test.make_conf(default={"auth_strategy": "noauth"})
    if database is None:
        database = databases.make_database(test, conf=conf)
    return services_of(conf, database, storage, clock, told, rpc)


def services_of(conf, database, storage=None, clock=None, told=None, rpc=None):
    """Return ``hooks.Services`` of the modules that ``conf`` enables.

    Unless ``conf`` says it, the metrics are those that are shipped.
    """
    conf.set_default("metrics_conf", str(METRICS), group="collect")
    modules = [
        *loading.load_modules(conf).values(),
        *loading.load_module_configs(conf).values(),
    ]
    return hooks.Services(
        conf=conf,
        database=database,
        storage=storage or storage_loader.load(conf, database),
        clock=clock or fake_clock.FakeClock(NOW),
        enforcer=enforcer.make_enforcer(
            conf, [rule for each in modules for rule in each.rules]
        ),
        notifications=told or notifications.SILENT,
        rpc=rpc or fake_rpc.FakeRpc(),
    )


def wsgi_of(services):
    """Return the WSGI application.

    With noauth it is the shipped paste pipeline. With keystone it is that
    without auth_token: identity is what ``persona`` headers say.
    """
    conf = services.conf
    conf.set_override("api_paste_config", str(PASTE))
    if conf.auth_strategy == "noauth":
        return app.load(conf, services)
    limited = sizelimit.RequestBodySizeLimiter(app.build(conf, services), conf)
    return middleware.Outermost(request_id.RequestId(limited))


def persona(*roles, project="project-1", domain=None, system=False):
    """Return the headers that auth_token would set for such a token."""
    headers = {"X-User-Id": "user-1", "X-Roles": ",".join(roles)}
    if project and not (domain or system):
        headers["X-Project-Id"] = project
    if domain:
        headers["X-Domain-Id"] = domain
    if system:
        headers["OpenStack-System-Scope"] = "all"
    return headers
