# SPDX-License-Identifier: Apache-2.0
"""Personas with tokens of a Keystone, and their access to each route.

The routes are those that ``cloudkitty.tests.routes`` finds, the rules those
that are registered for them. ``ALLOWED`` lists the personas that satisfy a
rule, so it must be changed with a rule, a role or a route.
"""

import pathlib
import re
import shutil
import tempfile

import webob

from cloudkitty import conf as ck_conf
from cloudkitty.api import app
from cloudkitty.db import facade
from cloudkitty.policies import base as base_rules
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests import keystone
from cloudkitty.tests import routes
from cloudkitty.tests.fakes import api
from cloudkitty.tests.fakes import rpc
from cloudkitty.tests.functional.api import data
from cloudkitty.tests.unit.api import test_routes

SYSTEM = {"system": {"all": True}}
DOMAIN = {"domain": {"id": "default"}}
#: Users and the scopes of their tokens.
PERSONAS = {
    "admin": ("admin", None),
    "member": ("member", None),
    "reader": ("reader", None),
    "service": ("service", "service"),
    "reader of another project": ("other", "other"),
    "no role on a project": ("norole", "unscoped"),
    "admin of the system": ("admin", SYSTEM),
    "admin of a domain": ("admin", DOMAIN),
}
#: Personas without a valid token.
STRANGERS = {"no token": None, "bad token": "gAAAAAB-not-a-token"}
#: Personas that satisfy the check of a rule. Roles imply others: an admin is
#: a member, a member is a reader.
ALLOWED = {
    base_rules.ADMIN: {"admin"},
    base_rules.PROJECT_READER_OR_ADMIN: {
        "admin",
        "member",
        "reader",
        "reader of another project",
    },
    "": {
        "admin",
        "member",
        "reader",
        "service",
        "reader of another project",
        "no role on a project",
    },
}
#: Lists of one project's data, and the parameter with the project.
OWN_ONLY = {
    "/v1/report/summary": "tenant_id={}",
    "/v1/report/total": "tenant_id={}",
    "/v1/storage/dataframes": "tenant_id={}",
    "/v2/dataframes": "filters=project_id:{}",
    "/v2/summary": "filters=project_id:{}",
}
#: Allowed to more than administrators, and without data of projects.
WITHOUT_PROJECT = {
    "/v1/info/config",
    "/v1/info/metrics",
    "/v1/info/metrics/{}",
    "/v1/info/services",
    "/v1/info/services/{}",
    "/v1/rating/quote",
}


class RolesCase(base.TestCase):
    """One Keystone and one application for all tests, and all tokens."""

    keystone = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if keystone.THERE:
            cls.keystone = keystone.Keystone()
            cls.keystone.setUp()
            cls.addClassCleanup(cls.keystone.cleanUp)
            cls.tokens = STRANGERS | {
                name: cls.keystone.token(user, _scope(scope))
                for name, (user, scope) in PERSONAS.items()
            }
            cls.make_application()

    @classmethod
    def make_application(cls):
        """Load the shipped pipeline; store data of two projects."""
        folder = tempfile.mkdtemp(prefix="cloudkitty-roles-")
        cls.addClassCleanup(shutil.rmtree, folder)
        schema = databases.DatabaseFixture("sqlite")
        schema.setUp()
        cls.addClassCleanup(schema.cleanUp)
        conf = cls.make_options(pathlib.Path(folder), schema.url)
        database = facade.Database(conf)
        cls.addClassCleanup(database.dispose)
        services = api.services_of(conf, database, rpc=rpc.FakeRpc())
        cls.projects = [
            cls.keystone.project_id,
            cls.keystone.other_project_id,
        ]
        data.fill(services, cls.projects)
        cls.task = data.begin_task(services, cls.projects[1], "batch-1")
        cls.wsgi = app.load(conf, services)
        # Routes are found with an application that allows everything.
        free = ck_conf.make(argv=[], default_config_files=[])
        free.set_override("auth_strategy", "noauth")
        cls.routes = routes.find(
            api.services_of(free, database, rpc=rpc.FakeRpc())
        )
        cls.operations = routes.operations(conf)

    @classmethod
    def make_options(cls, folder, url):
        """Return the options of a configuration file."""
        options = folder / "cloudkitty.conf"
        lines = [
            "[DEFAULT]",
            "auth_strategy = keystone",
            f"api_paste_config = {api.PASTE}",
            "[database]",
            f"connection = {url}",
            "[keystone_authtoken]",
            *(
                f"{name} = {value}"
                for name, value in cls.keystone.middleware_options().items()
            ),
        ]
        options.write_text("\n".join(lines))
        return ck_conf.make(argv=[], default_config_files=[str(options)])

    def setUp(self):
        super().setUp()
        self.need("keystone", self.keystone is not None)

    def ask(self, persona, method, path, raw=None):
        """Send one request.

        :param raw: the raw path; the default is the encoded ``path``.
        """
        request = webob.Request.blank(path, method=method)
        if raw is not None:
            request.environ["REQUEST_URI"] = raw
        if self.tokens[persona]:
            request.headers["X-Auth-Token"] = self.tokens[persona]
        if method in ("POST", "PUT", "PATCH", "DELETE"):
            request.content_type = "application/json"
            request.body = b"{}"
        answer = request.get_response(self.wsgi)
        self.assertLess(answer.status_int, 500, (persona, method, path))
        return answer

    def rules(self, method, route):
        """Return the rules of a route; empty if it is public."""
        if (method, route.path) in test_routes.PUBLIC:
            return []
        return self.operations[method, routes.without_alias(route.path)]

    def verdict(self, persona, method, route):
        """Return 401, 403, or 0 for neither."""
        rules = self.rules(method, route)
        if persona in STRANGERS:
            return 401 if rules else 0
        satisfied = all(
            persona in ALLOWED[rule.check_str]
            and rule.scope_types == ["project"]
            for rule in rules
        )
        return 0 if satisfied else 403

    def walk(self):
        """Yield (method, route) of all operations."""
        for route in self.routes:
            for method in route.methods:
                yield method, route

    def check(self, persona, method, route, path, raw=None):
        answer = self.ask(persona, method, path, raw)
        got = answer.status_int if answer.status_int in (401, 403) else 0
        expected = self.verdict(
            persona, "GET" if method == "HEAD" else method, route
        )
        self.assertEqual(expected, got, (persona, method, raw or path))
        if got == 403 and method != "HEAD":
            self.assertEqual(
                "rating.policy.forbidden", answer.json["errors"][0]["code"]
            )
        return answer

    def spellings(self, route):
        """Yield (decoded path, raw path) of all spellings of a path."""
        path = route.sample
        yield path, path
        # An alias leads to the same resource: test one spelling.
        if path == "/" or path != routes.without_alias(path):
            return
        yield f"{path}/", f"{path}/"
        encoded = "/".join(
            "".join(f"%{ord(letter):02X}" for letter in part)
            for part in path.split("/")
        )
        yield path, encoded

    def content(self, answer, ident="<none>"):
        """Return the status and the body without the id in the request."""
        text = re.sub(r"req-[0-9a-f-]{36}", "<request>", answer.text)
        return answer.status_int, text.replace(ident, "<id>")

    def own_only(self):
        """Yield (method, route, parameter) of the lists of a project."""
        for method, route in self.walk():
            path = routes.without_alias(route.path)
            everybody = {
                name
                for name in PERSONAS
                if not self.verdict(name, method, route)
            }
            if everybody <= {"admin"} or (method, path) in test_routes.PUBLIC:
                continue
            if path not in WITHOUT_PROJECT:
                yield method, route, OWN_ONLY[path]


def _scope(scope):
    """Return Keystone's form of the scope of a persona."""
    if scope in ("service", "other"):
        return {"project": {"name": scope, "domain": {"id": "default"}}}
    return scope
