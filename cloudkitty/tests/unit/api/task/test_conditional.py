# SPDX-License-Identifier: Apache-2.0
"""``ETag`` and ``If-None-Match`` of ``/v2/task``."""

import datetime

import sqlalchemy as sa

from cloudkitty.db.tasks import models as task_models
from cloudkitty.tests import claiming
from cloudkitty.tests import statements
from cloudkitty.tests.fakes import api as fake_api
from cloudkitty.tests.fakes import clock as fake_clock
from cloudkitty.tests.unit.api.task import case

_ROW = task_models.Reprocess
LISTS = (
    "/v2/task/batches",
    "/v2/task/batches?include=overview",
    f"{case.URL}?include=details",
)


class TestConditional(case.TaskCase):
    def setUp(self):
        super().setUp()
        self.post(scope_ids="a,b")
        self.task, self.other = self.tasks()
        self.batch = f"/v2/task/batches/{self.task.batch_id}"
        self.urls = (
            *LISTS,
            self.batch,
            f"{self.batch}?include=tasks&limit=1",
            f"/v2/task/{self.task.id}",
        )

    def ask(self, url, tag=None):
        """Return the tag if the response is 200, None if it is 304."""
        headers = {} if tag is None else {"If-None-Match": tag}
        answer = self.app.get(url, headers=headers)
        self.assertEqual("private, no-cache", answer.headers["Cache-Control"])
        self.assertStartsWith(answer.headers["ETag"], 'W/"')
        if answer.status_int == 304:
            self.assertEqual(b"", answer.body)
            self.assertIn(answer.headers["ETag"], tag)
            return None
        self.assertTrue(answer.json)
        return answer.headers["ETag"]

    def assertStartsWith(self, text, start):
        self.assertEqual(start, text[: len(start)])

    def write(self, **values):
        with self.database.writer() as session:
            session.execute(
                sa.update(_ROW).where(_ROW.id == self.task.id).values(**values)
            )

    def claim(self):
        with self.database.writer() as session:
            return claiming.claim_next(
                session, owner="test", now=fake_api.NOW, lease_seconds=60
            )

    def test_one_statement_while_nothing_changes(self):
        for url in self.urls:
            tag = self.ask(url)
            with statements.recorded(self.database.engine) as executed:
                self.assertIsNone(self.ask(url, tag), url)
            [select] = [each for each in executed if "SELECT" in each]
            self.assertIn("sum(", select)
            self.assertIsNone(self.ask(url, f'"x", {tag}'))
            self.assertEqual(tag, self.ask(url, '"x"'))
            self.assertEqual(tag, self.ask(url, "*"))
            answer = self.app.head(url, headers={"If-None-Match": tag})
            self.assertEqual(304, answer.status_int)

    def test_every_change_of_a_task(self):
        later = fake_api.NOW + datetime.timedelta(seconds=1)
        changes = (
            lambda: self.app.patch_json(
                f"/v2/task/{self.task.id}", {"state": "paused"}
            ),
            lambda: self.app.patch_json(
                f"/v2/task/{self.task.id}", {"state": "scheduled"}
            ),
            self.claim,
            lambda: self.write(periods_done=1),
            lambda: self.write(updated_at=later),
            lambda: self.write(current_reprocess_time=later),
            lambda: self.write(state="scheduled", attempts=1),
            lambda: self.write(state="succeeded"),
        )
        tags = {url: self.ask(url) for url in self.urls}
        for number, change in enumerate(changes):
            change()
            for url, tag in tags.items():
                tags[url] = self.ask(url, tag)
                self.assertIsNotNone(tags[url], (number, url))

    def test_order_of_commits_does_not_matter(self):
        # The transition with the later time and number is seen first.
        self.write(state="paused", updated_at=fake_api.NOW)
        tags = {url: self.ask(url) for url in self.urls}
        earlier = fake_api.NOW - datetime.timedelta(seconds=5)
        self.write(state="scheduled", updated_at=earlier)
        for url, tag in tags.items():
            self.assertIsNotNone(self.ask(url, tag), url)

    def test_new_tasks(self):
        tags = {url: self.ask(url) for url in LISTS}
        self.post(scope_ids="a", mode="preview")
        for url, tag in tags.items():
            self.assertIsNotNone(self.ask(url, tag), url)

    def test_tasks_of_upstream(self):
        self.write(state=None, batch_id=None, periods_total=None)
        tags = {url: self.ask(url) for url in LISTS}
        self.write(current_reprocess_time=self.task.start_at)
        for url, tag in tags.items():
            self.assertIsNotNone(self.ask(url, tag), url)

    def test_place_in_the_queue(self):
        url = f"/v2/task/{self.other.id}"
        tag = self.ask(url)
        self.write(state="paused")
        self.assertIsNotNone(self.ask(url, tag))

    def test_tag_changes_with_time(self):
        clock = fake_clock.FakeClock(fake_api.NOW)
        self.app = fake_api.make_app(
            self, conf=self.conf, database=self.database, clock=clock
        )
        tag = self.ask(self.batch)
        clock.advance(59)
        self.assertIsNone(self.ask(self.batch, tag))
        clock.advance(1)
        self.assertIsNotNone(self.ask(self.batch, tag))

    def test_list_of_the_stock_client_has_no_tag(self):
        answer = self.app.get(case.URL)
        self.assertNotIn("ETag", answer.headers)
        tag = self.ask(case.URL, '"0"')
        self.assertIsNone(self.ask(case.URL, tag))

    def test_what_does_not_exist(self):
        for url in ("/v2/task/999", "/v2/task/batches/none"):
            for tag in ("*", '"x"'):
                answer = self.app.get(
                    url, headers={"If-None-Match": tag}, status=404
                )
                self.assertNotIn("ETag", answer.headers)
