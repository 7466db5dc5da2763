# SPDX-License-Identifier: Apache-2.0
"""Lists of windows that running tasks are changing."""

from cloudkitty.db.tasks import claims as task_claims
from cloudkitty.tests import base
from cloudkitty.tests.fakes import api
from cloudkitty.tests.functional.api import data

NOVEMBER = "begin=2026-11-01&end=2026-12-01"
READER = api.persona("reader", project="project-1")


class TestProvisional(base.TestCase):
    auth_strategy = "noauth"

    def setUp(self):
        super().setUp()
        conf = self.make_conf(default={"auth_strategy": self.auth_strategy})
        self.services = api.make_services(self, conf)
        data.fill(self.services)
        self.app = api.make_app(
            self, conf=conf, database=self.services.database
        )

    def begin(self, project="project-1", **fields):
        return data.begin_task(self.services, project, "b", **fields)

    def summary(self, query=NOVEMBER, **kwargs):
        found = self.app.get(f"/v2/summary?{query}", **kwargs).json
        return found["provisional"]

    def window(self, task):
        return {
            "scope_id": task.scope_id,
            "task_id": task.id,
            "begin": "2026-11-01T00:00:00+00:00",
            "end": "2026-11-01T03:00:00+00:00",
        }

    def scopes(self):
        return {
            scope["scope_id"]: scope["provisional"]
            for scope in self.app.get("/v2/scope").json["results"]
        }


class TestEverything(TestProvisional):
    def test_no_running_task(self):
        self.assertEqual([], self.summary())
        self.assertEqual({"project-1": [], "project-2": []}, self.scopes())

    def test_running_task(self):
        told = self.window(self.begin())
        self.assertEqual([told], self.summary())
        self.assertEqual(
            [told], self.summary(f"{NOVEMBER}&response_format=object")
        )
        self.assertEqual({"project-1": [told], "project-2": []}, self.scopes())

    def test_windows_without_sums(self):
        told = self.window(self.begin())
        always = "begin=2000-01-01&end=2100-01-01&filters=type:-"
        self.assertEqual([told], self.summary(always))

    def test_data_frames(self):
        told = self.window(self.begin())
        for query, expected in (
            (NOVEMBER, [told]),
            (f"{NOVEMBER}&filters=project_id:project-2", []),
            ("begin=2026-11-01T02:00", [told]),
        ):
            found = self.app.get(f"/v2/dataframes?{query}").json
            self.assertEqual(expected, found["provisional"], query)

    def test_finished_task(self):
        task = self.begin()
        self.services.database.write(
            lambda session: task_claims.release(
                session,
                task.id,
                task.lease_token,
                state="succeeded",
                now=self.services.clock.now(),
            )
        )
        self.assertEqual([], self.summary())

    def test_preview_is_not_listed(self):
        self.begin(mode="preview")
        self.assertEqual([], self.summary())

    def test_adjacent_windows(self):
        self.begin()
        for begin, end, count in (
            ("2026-10-01", "2026-11-01", 0),
            ("2026-10-01", "2026-11-01T01:00", 1),
            ("2026-11-01T02:00", "2026-11-02", 1),
            ("2026-11-01T03:00", "2026-11-02", 0),
        ):
            found = self.summary(f"begin={begin}&end={end}")
            self.assertEqual(count, len(found), begin)

    def test_filter_of_scopes(self):
        self.begin()
        second = self.window(self.begin("project-2"))
        self.assertEqual(2, len(self.summary()))
        self.assertEqual(
            [second],
            self.summary(f"{NOVEMBER}&filters=project_id:project-2"),
        )

    def test_task_that_starts_during_the_query(self):
        real = self.services.storage.total

        def total(*args):
            self.begin()
            return real(*args)

        self.services.storage.total = total
        self.app = api.make_app(
            self,
            conf=self.services.conf,
            database=self.services.database,
            storage=self.services.storage,
        )
        self.assertEqual(1, len(self.summary()))


class TestPersonas(TestProvisional):
    auth_strategy = "keystone"

    def test_tasks_of_other_projects_are_hidden(self):
        mine = self.window(self.begin())
        self.begin("project-2")
        self.assertEqual([mine], self.summary(headers=READER))
        self.assertEqual(2, len(self.summary(headers=api.persona("admin"))))
