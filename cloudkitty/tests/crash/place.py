# SPDX-License-Identifier: Apache-2.0
"""A deployment with two distinguishable histories of usage."""

import datetime
import json

import sqlalchemy as sa
from testtools import content

from cloudkitty.common import clock as ck_clock
from cloudkitty.common import periods
from cloudkitty.db import facade
from cloudkitty.db.scopes import models as scope_models
from cloudkitty.db.tasks import queries as task_queries
from cloudkitty.orchestrator import resources as ck_resources
from cloudkitty.storage import loader as storage_loader
from cloudkitty.tests import acceptance
from cloudkitty.tests import databases
from cloudkitty.tests import stored_points
from cloudkitty.tests.crash import actors
from cloudkitty.tests.crash import home
from cloudkitty.tests.fakes import api
from cloudkitty.tests.functional.orchestrator import deployment

HOURS = 20
#: Hours at both ends of the window that no task touches.
MARGIN = 2
#: Makes every chunk four periods long.
CHUNK_POINTS = 16
#: By how much a survivor's clock is ahead: longer than the lease.
AHEAD = 2

#: World -> (price, numbers of the existing instances and volumes).
#: Rows appear, vanish and change between the two.
WORLDS = {"a": ("2.5", (0, 1)), "b": ("7", (1, 2))}

OPTIONS = """
[DEFAULT]
auth_strategy = noauth
transport_url = fake://
api_paste_config = {paste}
[orchestrator]
lease_seconds = 1
"""


class Place(deployment.Deployment):
    """Rated scopes, and child processes that rate them.

    :param test: the test that owns the deployment.
    :param backend: kind of the databases.
    :param apart: the points have a database of their own.
    :param scope_ids: the scopes.
    :ivar world: the history of the current samples and prices.
    :ivar references: world -> all rows of an undisturbed run.
    """

    def __init__(
        self,
        test,
        backend,
        apart=False,
        scope_ids=("project-a", "project-b"),
    ):
        super().__init__(
            test,
            hours=HOURS,
            backend=backend,
            chunk_points=CHUNK_POINTS,
            scope_ids=scope_ids,
        )
        test.addOnException(self._show_log)
        self._add_options(backend, apart)
        self.conf.reload_config_files()
        self.points_database = self.database
        if apart:
            self.points_database = self._init_points()
        found = list(self.window.periods(deployment.HOUR))
        #: What tasks redo.
        self.inner = periods.Window(
            found[MARGIN].begin, found[-MARGIN - 1].end
        )
        #: A processor that is not killed, and knows the way already.
        self.survivor = ck_resources.build(self.conf, actors.Clock(AHEAD))
        test.addCleanup(self.survivor.close)
        self.world = "a"
        self.references = {}
        for _ in WORLDS:
            self.turn()
            self.forget()
            actors.rate_due(self.survivor)
            self.references[self.world] = self.dump()
        self._rest()

    def _show_log(self, _):
        log = self.folder / home.LOG
        if log.exists():
            self.test.addDetail(
                "children", content.content_from_file(log, buffer_now=True)
            )

    def _add_options(self, backend, apart):
        text = self.config.read_text() + OPTIONS.format(paste=api.PASTE)
        if apart:
            url = databases.make_url(self.test, backend, migrated=False)
            doubled = url.replace("%", "%%")
            text += f"[storage_sqlalchemy]\nconnection = {doubled}\n"
        self.config.write_text(text)

    def _init_points(self):
        storage = storage_loader.load(self.conf, self.database)
        self.test.addCleanup(storage.close)
        storage.init()
        database = facade.Database(
            self.conf, self.conf.storage_sqlalchemy.connection
        )
        self.test.addCleanup(database.dispose)
        return database

    def turn(self):
        """Change samples and prices; return the world that is now."""
        self.world = "b" if self.world == "a" else "a"
        price, numbers = WORLDS[self.world]
        lines = []
        for name, label in (
            ("instance_up", "instance_id"),
            ("volume_size_gb", "volume_id"),
        ):
            lines.append(f"# TYPE {name} gauge")
            lines += self._lines(name, label, numbers)
        lines += ["# EOF", ""]
        (self.folder / "samples.om").write_text("\n".join(lines))
        self.set_price(price)
        return self.world

    def _lines(self, name, label, numbers):
        for scope_id in self.scope_ids:
            for number in numbers:
                labels = (
                    f'project_id="{scope_id}",{label}="{scope_id}-{number}",'
                    f'flavor="m{number}"'
                )
                for index, period in enumerate(
                    self.window.periods(deployment.HOUR)
                ):
                    at = period.begin.timestamp() + 1800
                    yield f"{name}{{{labels}}} {index % 7 + 1}.125 {at:.0f}"

    def forget(self):
        """Take everything away that is rated."""
        self.points_database.write(
            lambda session: stored_points.delete_all(session.connection())
        )
        self._set_rated(self.window.begin - datetime.timedelta(hours=1))

    def _rest(self):
        """Leave no due period to live rating, at any hour."""
        self._set_rated(self.window.end + datetime.timedelta(days=2))

    def _set_rated(self, last):
        self.database.write(
            lambda session: session.execute(
                sa.update(scope_models.ScopeState).values(
                    last_processed_timestamp=last
                )
            )
        )

    def dump(self):
        """Return all rows of the window but for their ids, sorted."""
        service, self.database = self.database, self.points_database
        try:
            return super().dump()
        finally:
            self.database = service

    def expected(self, before, scope_id, window):
        """Return ``before`` with the window redone in the world of now.

        :param window: reprocessed window; by default no window.
        """
        if window is None:
            return before
        _, outside = self.select(before, scope_id, window)
        inside, _ = self.select(self.references[self.world], scope_id, window)
        return sorted(outside + inside)

    def schedule(self, scope_id, window):
        """Let a task be accepted and return its id."""
        [task_id] = self.schedule_batch([scope_id], window)
        return task_id

    def schedule_batch(self, scope_ids, window):
        """Let a task of each scope be accepted; return their ids."""
        accepted = acceptance.accept(
            self.database,
            ck_clock.SystemClock(),
            scope_ids,
            window.begin,
            window.last_period(deployment.HOUR),
        )
        with self.database.reader() as session:
            tasks = task_queries.find(session, batch_ids=[accepted.batch_id])
        return [task.id for task in tasks]

    def mend(self, scope_ids):
        """Reprocess, undisturbed, the rows of the other world.

        Otherwise the next kill could leave them alone and pass by chance.
        """
        for scope_id in scope_ids:
            found = self.dump()
            if self.expected(found, scope_id, self.inner) != found:
                self.schedule(scope_id, self.inner)
                actors.work_off(self.survivor)

    def play(self, actor, **arguments):
        """Let a child do its part, undisturbed.

        :returns: point -> how often it came by there.
        """
        pid = self.start_child(actor, **arguments)
        ended = home.nursery().wait(pid)
        self.test.assertEqual(0, ended.status)
        return json.loads(ended.mark)

    def start_child(self, actor, point=None, hit=1, **arguments):
        """Start a child on this deployment; return its pid."""
        return home.nursery().start(
            actor, self.config, point, hit, **arguments
        )
