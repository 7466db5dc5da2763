# SPDX-License-Identifier: Apache-2.0
"""Every route and method, asked by everybody, with tokens of a Keystone.

The routes are those that ``cloudkitty.tests.routes`` finds, the rules those
that are registered for them. Who satisfies a rule is written down here, so a
rule, a role or a route that changes must be changed here too.
"""

import collections
import json
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
#: Who asks: the user and the scope of the token.
PERSONAS = {
    "admin": ("admin", None),
    "member": ("member", None),
    "reader": ("reader", None),
    "service": ("service", "service"),
    "reader of another project": ("other", "other"),
    "no role on a project": ("nobody", "unscoped"),
    "admin of the system": ("admin", SYSTEM),
    "admin of a domain": ("admin", DOMAIN),
}
#: Those who have no token that is worth anything.
STRANGERS = {"no token": None, "bad token": "gAAAAAB-not-a-token"}
#: A rule's check to those who satisfy it. Roles imply others: an admin is a
#: member, a member is a reader.
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
#: Lists of one project's own, and the parameter that names a project.
OWN_ONLY = {
    "/v1/report/summary": "tenant_id={}",
    "/v1/report/total": "tenant_id={}",
    "/v1/storage/dataframes": "tenant_id={}",
    "/v2/dataframes": "filters=project_id:{}",
    "/v2/summary": "filters=project_id:{}",
}
#: Allowed to more than administrators, and without any project's things.
NOBODYS = {
    "/v1/info/config",
    "/v1/info/metrics",
    "/v1/info/metrics/{}",
    "/v1/info/services",
    "/v1/info/services/{}",
    "/v1/rating/quote",
}


class TestRoles(base.TestCase):
    """One Keystone, one application, one token each, for all tests."""

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
        """Load the shipped pipeline, with data of two projects behind it."""
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
        # The walk is made where nobody is refused.
        free = ck_conf.make(argv=[], default_config_files=[])
        free.set_override("auth_strategy", "noauth")
        cls.routes = routes.find(
            api.services_of(free, database, rpc=rpc.FakeRpc())
        )
        cls.operations = routes.operations(conf)

    @classmethod
    def make_options(cls, folder, url):
        """Return the options of a file, as a deployer writes it."""
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

        :param raw: the path as it is sent, where it is not just encoded.
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
        """Yield (method, route) of all there are."""
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

    def test_the_matrix(self):
        """Everybody asks for everything, in all ways to write its path."""
        seen = collections.Counter()
        for method, route in self.walk():
            for persona in self.tokens:
                for path, raw in self.spellings(route):
                    answer = self.check(persona, method, route, path, raw)
                    seen[persona, answer.status_int] += 1
                if method == "GET":
                    self.check(persona, "HEAD", route, route.sample)
        # Nobody was spared.
        self.assertEqual(set(self.tokens), {name for name, _ in seen})

    def spellings(self, route):
        """Yield (decoded path, raw path) of the ways to write one path."""
        path = route.sample
        yield path, path
        # Another name is the same resource: one look at it is enough.
        if path == "/" or path != routes.without_alias(path):
            return
        yield f"{path}/", f"{path}/"
        encoded = "/".join(
            "".join(f"%{ord(letter):02X}" for letter in part)
            for part in path.split("/")
        )
        yield path, encoded

    def test_options_tell_the_methods_and_nothing_else(self):
        """They are answered 200, as browsers ask them without a token."""
        for route in self.routes:
            told = set()
            for persona in self.tokens:
                answer = self.ask(persona, "OPTIONS", route.sample)
                self.assertEqual(200, answer.status_int, route.path)
                self.assertEqual(b"", answer.body)
                allow = answer.headers.get("Allow")
                public = ("GET", route.path) in test_routes.PUBLIC
                if persona in STRANGERS and not public:
                    self.assertIsNone(allow, route.path)
                elif allow is not None:
                    told.add(allow)
            [methods] = told
            self.assertEqual(
                {"OPTIONS", *route.methods},
                set(methods.split(", ")) - {"HEAD"},
            )

    def test_a_slash_that_is_encoded_opens_nothing(self):
        for method, route in self.walk():
            parts = route.sample.split("/")
            for cut in range(2, len(parts)):
                raw = "/".join(parts[:cut]) + "%2F" + "/".join(parts[cut:])
                for persona in ("no token", "no role on a project"):
                    answer = self.ask(persona, method, route.sample, raw)
                    self.assertIn(answer.status_int, (401, 403, 404, 405), raw)

    def test_every_check_of_a_rule_is_in_the_table(self):
        checks = {
            rule.check_str
            for rules in self.operations.values()
            for rule in rules
        }
        self.assertEqual(set(), checks - ALLOWED.keys())

    def test_a_refusal_does_not_tell_what_is_there(self):
        """The same answer for what is there and what is not."""
        ids = [
            (self.projects[1], "f" * 32),
            (str(self.task.id), "999999"),
            ("batch-1", "batch-9"),
        ]
        for method, route in self.walk():
            if routes.ID not in route.path:
                continue
            for persona in self.tokens:
                if not self.verdict(persona, method, route):
                    continue
                for ident, other in ids:
                    self.assertEqual(
                        *(
                            self.told(
                                self.ask(
                                    persona,
                                    method,
                                    route.path.replace(routes.ID, each),
                                )
                            )
                            for each in (ident, other)
                        ),
                        (persona, method, route.path),
                    )

    def told(self, answer, ident="<none>"):
        """Return what an answer says, but for the id that was sent."""
        content = re.sub(r"req-[0-9a-f-]{36}", "<request>", answer.text)
        return answer.status_int, content.replace(ident, "<id>")

    def own_only(self):
        """Yield (route, parameter) of lists that show one's own."""
        for method, route in self.walk():
            path = routes.without_alias(route.path)
            everybody = {
                name
                for name in PERSONAS
                if not self.verdict(name, method, route)
            }
            if everybody <= {"admin"} or (method, path) in test_routes.PUBLIC:
                continue
            if path not in NOBODYS:
                yield method, route, OWN_ONLY[path]

    def test_another_project_is_refused_be_it_there_or_not(self):
        found = list(self.own_only())
        self.assertEqual(
            set(OWN_ONLY),
            {routes.without_alias(route.path) for _, route, _ in found},
        )
        own, other = self.projects
        for method, route, parameter in found:
            for persona in ("member", "reader"):
                answers = {
                    ident: self.ask(
                        persona,
                        method,
                        f"{route.sample}?{parameter.format(ident)}",
                    )
                    for ident in (own, other, "f" * 32)
                }
                self.assertEqual(200, answers[own].status_int, route.path)
                self.assertEqual(403, answers[other].status_int, route.path)
                self.assertEqual(
                    self.told(answers[other], other),
                    self.told(answers["f" * 32], "f" * 32),
                )

    def test_what_is_shown_is_ones_own(self):
        for method, route, _ in self.own_only():
            for persona, mine, others in (
                ("reader", *self.projects),
                ("reader of another project", *reversed(self.projects)),
            ):
                answer = self.ask(persona, method, route.sample)
                self.assertNotIn(others, answer.text, route.path)
                if "/dataframes" in route.path:
                    self.assertIn(mine, answer.text, route.path)
            nobody = self.ask("no role on a project", method, route.sample)
            for project in self.projects:
                self.assertNotIn(project, nobody.text)

    def test_headers_make_nobody_an_administrator(self):
        for method, route in self.walk():
            request = webob.Request.blank(route.sample, method=method)
            request.headers["X-Auth-Token"] = self.tokens["reader"]
            request.headers["X-Roles"] = "admin"
            request.headers["X-Project-Id"] = self.projects[1]
            request.headers["X-Is-Admin-Project"] = "True"
            answer = request.get_response(self.wsgi)
            expected = self.verdict("reader", method, route)
            got = answer.status_int if answer.status_int == 403 else 0
            self.assertEqual(expected, got, (method, route.path))
            self.assertNotIn(self.projects[1], answer.text)

    def test_the_answer_of_an_error_is_json(self):
        for method, route in self.walk():
            for persona in ("no token", "service"):
                answer = self.ask(persona, method, route.sample)
                if answer.status_int >= 400:
                    error = json.loads(answer.body)["errors"][0]
                    self.assertEqual(answer.status_int, error["status"])


def _scope(scope):
    """Return Keystone's form of the scope of a persona."""
    if scope in ("service", "other"):
        return {"project": {"name": scope, "domain": {"id": "default"}}}
    return scope
