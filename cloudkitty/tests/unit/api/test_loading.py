# SPDX-License-Identifier: Apache-2.0
import importlib
import sys

import fixtures
import webtest
from oslo_config import cfg
from oslo_policy import policy
from testtools import matchers

from cloudkitty import conf as ck_conf
from cloudkitty.api import app
from cloudkitty.api import loading
from cloudkitty.api import resource
from cloudkitty.api.v2 import base as v2_base
from cloudkitty.common import exceptions
from cloudkitty.tests import base
from cloudkitty.tests.fakes import api


class Greetings(resource.Resource):
    @resource.answers_json
    def get(self):
        return {"greeting": "hello"}


#: Object of the entry points below.
GOOD = v2_base.Module(
    controller=lambda services: Greetings(),
    rules=[policy.RuleDefault("greetings:get", "role:admin")],
    options=[("greetings", [cfg.StrOpt("word", default="hello")])],
)
OTHER = "not a module"


class LoadingCase(base.TestCase):
    def install(self, *lines, group=loading.NAMESPACE):
        """Create an importable package with entry points in the group."""
        folder = self.make_folder()
        info = folder / "sample-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            "Metadata-Version: 2.1\nName: sample\nVersion: 1.0\n"
        )
        (info / "entry_points.txt").write_text(
            "\n".join([f"[{group}]", *lines])
        )
        self.useFixture(
            fixtures.MonkeyPatch("sys.path", [str(folder), *sys.path])
        )
        importlib.invalidate_caches()
        # stevedore caches the entry points of a group.
        self.useFixture(
            fixtures.MonkeyPatch(
                "stevedore.ExtensionManager.ENTRY_POINT_CACHE", {}
            )
        )

    def refuse(self, *words, **options):
        error = self.assertRaises(
            exceptions.InvalidConfiguration,
            loading.load_modules,
            self.make_conf(api=options),
        )
        for word in words:
            self.assertIn(word, str(error))


class TestLoading(LoadingCase):
    def test_own_modules(self):
        modules = loading.load_modules(self.make_conf())
        self.assertThat(
            list(modules), matchers.ContainsAll(["scope", "summary", "task"])
        )

    def test_disabled_module(self):
        conf = self.make_conf(
            api={"disabled_modules": ["scope", "nonsense"]},
            default={"auth_strategy": "noauth"},
        )
        log = self.useFixture(fixtures.FakeLogger())
        served = api.make_app(self, conf=conf)
        self.assertIn("nonsense", log.output)
        served.get("/v2/scope", status=404)
        served.get("/v2/summary", status=200)

    def test_module_of_another_package(self):
        self.install(f"greetings = {__name__}:GOOD")
        conf = self.make_conf(default={"auth_strategy": "noauth"})
        services = api.make_services(self, conf=conf)
        served = api.make_app(self, conf=conf, database=services.database)
        self.assertEqual(
            {"greeting": "hello"}, served.get("/v2/greetings").json
        )
        self.assertEqual("hello", conf.greetings.word)
        self.assertIn("greetings:get", services.enforcer.registered_rules)

    def test_module_that_cannot_be_imported(self):
        self.install("broken = cloudkitty.no_such_module:MODULE")
        self.refuse("broken", "no_such_module", "disabled_modules")
        loading.load_modules(
            self.make_conf(api={"disabled_modules": ["broken"]})
        )

    def test_object_that_is_not_a_module(self):
        self.install(f"other = {__name__}:OTHER")
        self.refuse("other", "Module")

    def test_modules_with_the_same_name(self):
        self.install(f"scope = {__name__}:GOOD")
        self.refuse("scope", "both")

    def test_disabled_modules_with_the_same_name(self):
        self.install(f"scope = {__name__}:GOOD")
        self.refuse("scope", "both", disabled_modules=["scope"])

    def test_package_twice_on_the_path(self):
        self.install("scope = cloudkitty.api.v2.scope:MODULE")
        self.assertIn("scope", loading.load_modules(self.make_conf()))

    def test_module_configurations_by_name(self):
        self.install(
            "sample = cloudkitty.no_such_module:MODULE",
            group=loading.CONFIG_NAMESPACE,
        )
        error = self.assertRaises(
            exceptions.InvalidConfiguration,
            loading.load_module_configs,
            self.make_conf(),
        )
        self.assertIn("API module sample (cloudkitty.no_such_", str(error))


class TestStart(base.TestCase):
    def test_without_a_paste_file(self):
        conf = self.make_conf(default={"api_paste_config": "nowhere.ini"})
        error = self.assertRaises(
            exceptions.InvalidConfiguration, app.load, conf
        )
        self.assertIn("nowhere.ini", str(error))

    def serve(self, paste, www_authenticate_uri="http://keystone.example"):
        conf_file = self.make_folder() / "cloudkitty.conf"
        conf_file.write_text(
            "[keystone_authtoken]\n"
            f"www_authenticate_uri = {www_authenticate_uri}\n"
        )
        conf = ck_conf.make(
            argv=[f"--config-file={conf_file}"], default_config_files=[]
        )
        conf.set_override("api_paste_config", str(paste))
        services = api.make_services(self, conf=conf)
        return webtest.TestApp(app.load(conf, services))

    def test_the_shipped_keystone_pipeline(self):
        served = self.serve(api.PASTE)
        served.get("/", status=200)
        served.get("/healthcheck", status=200)
        answer = served.get(
            "/v2/scope", headers={"X-Roles": "admin"}, status=401
        )
        self.assertEqual(
            "rating.token.missing", answer.json["errors"][0]["code"]
        )
        self.assertEqual(
            'Keystone uri="http://keystone.example"',
            answer.headers["www-authenticate"],
        )

    def test_without_options_of_keystone(self):
        served = self.serve(api.PASTE, www_authenticate_uri="")
        answer = served.get("/v2/scope", status=503)
        self.assertEqual(
            "rating.service.unavailable", answer.json["errors"][0]["code"]
        )

    def test_paste_file_of_an_earlier_release(self):
        paste = self.make_folder() / "api_paste.ini"
        paste.write_text(OLD_PASTE)
        served = self.serve(paste)
        served.get("/v2", status=200)
        served.get("/v2/scope", status=401)


#: The shape that deployments have in /etc (facts: config.md, section 3).
OLD_PASTE = """\
[composite:cloudkitty+keystone]
use = egg:Paste#urlmap
/ = api+keystone
[pipeline:api+keystone]
pipeline = cors http_proxy_to_wsgi request_id authtoken ck_api
[app:ck_api]
paste.app_factory = cloudkitty.api.app:app_factory
[filter:authtoken]
acl_public_routes = /, /v1, /v2
paste.filter_factory = cloudkitty.api.middleware:AuthTokenMiddleware.factory
[filter:request_id]
paste.filter_factory = oslo_middleware:RequestId.factory
[filter:cors]
paste.filter_factory = oslo_middleware.cors:filter_factory
oslo_config_project = cloudkitty
[filter:http_proxy_to_wsgi]
paste.filter_factory = \
oslo_middleware.http_proxy_to_wsgi:HTTPProxyToWSGI.factory
oslo_config_project = cloudkitty
"""
