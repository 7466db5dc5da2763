# SPDX-License-Identifier: Apache-2.0
"""The Gnocchi fetcher against a real server."""

from cloudkitty.fetcher import gnocchi as gnocchi_fetcher
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests import gnocchi
from cloudkitty.tests import keystone


class GnocchiCase(base.TestCase):
    """A test with a real Gnocchi."""

    def start(self, **options):
        self.need("gnocchi", gnocchi.THERE)
        databases.need(self, "mariadb")
        return self.useFixture(gnocchi.Gnocchi(**options))

    def fill(self, server):
        server.make_type("volume", "tenant")
        for number in range(11):
            server.add("generic", f"r-{number}", f"p-{number % 7}")
        server.add("generic", "without", None)
        server.add("volume", "v-1", "of volume", tenant="t")


class TestBasic(GnocchiCase):
    def test_scopes_of_several_pages(self):
        server = self.start(max_limit=3)
        self.fill(server)

        def scopes(**options):
            basic = {
                "gnocchi_auth_type": "basic",
                "gnocchi_user": "admin",
                "gnocchi_endpoint": server.url,
            }
            conf = self.make_conf(fetcher_gnocchi=basic | options)
            return gnocchi_fetcher.GnocchiFetcher(conf).get_scopes()

        first = [f"p-{number}" for number in range(7)]
        # Every resource is a generic one too.
        self.assertEqual(["of volume", *first], scopes())
        self.assertEqual(["of volume"], scopes(resource_types=["volume"]))
        self.assertEqual(
            ["t"], scopes(resource_types=["volume"], scope_attribute="tenant")
        )


class TestKeystone(GnocchiCase):
    def test_scopes(self):
        self.need("keystone", keystone.THERE)
        identity = self.useFixture(keystone.Keystone())
        auth = identity.middleware_options()
        server = self.start(auth_mode="keystone", middleware=auth)
        identity.add_service("metric", server.url)
        server.prepare(headers={"X-Auth-Token": identity.token("admin")})
        self.fill(server)
        path = self.make_folder() / "auth.conf"
        auth |= {"username": "admin", "project_name": "demo"}
        auth.pop("www_authenticate_uri")
        lines = [f"{name} = {value}" for name, value in auth.items()]
        path.write_text("\n".join(["[fetcher_gnocchi]", *lines, ""]))
        conf = self.make_conf()
        conf(args=["--config-file", str(path)], project="cloudkitty")
        fetcher = gnocchi_fetcher.GnocchiFetcher(conf)
        self.assertEqual(8, len(fetcher.get_scopes()))
        self.assertIn(server.url.removeprefix("http://"), fetcher.describe())
        # The token is revoked: it is renewed.
        [token] = fetcher._client._http._user.headers().values()
        identity.revoke(token)
        self.assertEqual(8, len(fetcher.get_scopes()))
