# SPDX-License-Identifier: Apache-2.0
"""The Keystone fetcher against a real server."""

from cloudkitty.common.keystone import credentials
from cloudkitty.fetcher import base as fetcher_base
from cloudkitty.fetcher import keystone as keystone_fetcher
from cloudkitty.tests import base
from cloudkitty.tests import keystone

GROUP = keystone_fetcher.GROUP


class TestKeystone(base.TestCase):
    """One Keystone for all: it takes a while to start."""

    keystone = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if keystone.THERE:
            cls.keystone = keystone.Keystone()
            cls.keystone.setUp()
            cls.addClassCleanup(cls.keystone.cleanUp)
            cls.prepare(cls.keystone.call)

    @classmethod
    def prepare(cls, call):
        """Make projects, and give the service user its roles."""
        rating = cls.keystone.make_role("rating")
        above = cls.keystone.make_role("above")
        call("PUT", f"/roles/{above}/implies/{rating}")
        roles = {
            role["name"]: role["id"] for role in call("GET", "/roles")["roles"]
        }
        [user] = call("GET", "/users?name=service")["users"]
        [group] = [call("POST", "/groups", group={"name": "g"})["group"]]
        call("PUT", f"/groups/{group['id']}/users/{user['id']}")
        [home] = call("GET", "/projects?name=service")["projects"]

        def grant(who, project, role):
            call("PUT", f"/projects/{project}/{who}/roles/{role}")

        member = f"users/{user['id']}"
        grant(member, home["id"], roles["admin"])
        cls.projects = {
            name: call(
                "POST",
                "/projects",
                project={"name": name, "domain_id": "default"},
            )["project"]["id"]
            for name in ("rated", "off", "group", "implied", "below", "none")
        }
        grant(member, cls.projects["rated"], rating)
        grant(member, cls.projects["off"], rating)
        grant(f"groups/{group['id']}", cls.projects["group"], rating)
        grant(member, cls.projects["implied"], above)
        call(
            "PUT",
            f"/OS-INHERIT/projects/{cls.projects['below']}/{member}/roles/"
            f"{rating}/inherited_to_projects",
        )
        call(
            "PATCH",
            f"/projects/{cls.projects['off']}",
            project={"enabled": False},
        )

    def setUp(self):
        super().setUp()
        self.need("keystone", self.keystone is not None)

    def make(self, changes=None, **options):
        conf = self.make_conf(
            fetcher_keystone={"auth_section": "service_user", **options}
        )
        auth = self.keystone.middleware_options() | (changes or {})
        auth.pop("www_authenticate_uri")
        self.set_auth(conf, "service_user", auth)
        return keystone_fetcher.KeystoneFetcher(conf)

    def set_auth(self, conf, section, options):
        """Write the options of an authentication section into a file."""
        path = self.make_folder() / "auth.conf"
        lines = [f"{name} = {value}" for name, value in options.items()]
        path.write_text("\n".join([f"[{section}]", *lines, ""]))
        conf(args=["--config-file", str(path)], project="cloudkitty")

    def names(self, fetcher):
        by_id = {value: key for key, value in self.projects.items()}
        return sorted(
            by_id.get(scope_id, scope_id) for scope_id in fetcher.get_scopes()
        )

    def test_the_role_of_the_user_itself_counts(self):
        fetcher = self.make()
        self.assertEqual(["off", "rated"], self.names(fetcher))
        self.assertIn("projects with role rating", fetcher.describe())
        self.assertNotIn(keystone.PASSWORD, fetcher.describe())

    def test_the_same_as_one_request_for_each_project(self):
        """Upstream's way, which is the fallback of a stricter policy."""
        fetcher = self.make()
        ask = fetcher._list

        def refuse(path, *args, **options):
            if path == "role_assignments":
                raise keystone_fetcher._Refused("forbidden", 403)
            return ask(path, *args, **options)

        fetcher._list = refuse
        self.assertEqual(["off", "rated"], self.names(fetcher))

    def test_without_disabled_projects(self):
        fetcher = self.make(ignore_disabled_tenants=True)
        self.assertEqual(["rated"], self.names(fetcher))

    def test_all_projects(self):
        fetcher = self.make(ignore_rating_role=True)
        found = self.names(fetcher)
        self.assertEqual(set(self.projects), set(found) & set(self.projects))
        self.assertIn(self.keystone.project_id, found)
        everything = self.keystone.call("GET", "/projects")["projects"]
        self.assertEqual(len(everything), len(found))

    def test_a_wrong_password(self):
        fetcher = self.make({"password": "wrong-password"})
        err = self.assertRaises(fetcher_base.FetchError, fetcher.get_scopes)
        self.assertIn("refused the credentials of [service_user]", str(err))
        self.assertNotIn("wrong-password", str(err))

    def test_not_allowed(self):
        fetcher = self.make({"username": "reader", "project_name": "demo"})
        err = self.assertRaises(fetcher_base.FetchError, fetcher.get_scopes)
        self.assertIn("HTTP 403", str(err))

    def test_not_there(self):
        fetcher = self.make({"auth_url": "http://127.0.0.1:1/v3"})
        err = self.assertRaises(fetcher_base.FetchError, fetcher.get_scopes)
        self.assertIn("keystone at 127.0.0.1:1", str(err))

    def test_a_revoked_token_is_renewed(self):
        fetcher = self.make()
        user = fetcher._user
        [first] = user.headers().values()
        self.keystone.revoke(first)
        self.assertEqual(["off", "rated"], self.names(fetcher))
        self.assertNotEqual([first], list(user.headers().values()))
        self.assertIsInstance(user, credentials.Credentials)
