# SPDX-License-Identifier: Apache-2.0
"""Two projects with three rated hours each."""

import datetime
import decimal

from cloudkitty import dataframe
from cloudkitty.common import periods
from cloudkitty.db.scopes import updates as scope_updates
from cloudkitty.db.tasks import records as task_records
from cloudkitty.tests import claiming
from cloudkitty.tests import new_scopes
from cloudkitty.tests import new_tasks

BEGIN = datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)
HOUR = datetime.timedelta(hours=1)
HOURS = 3
PROJECTS = ("project-1", "project-2")
_CALENDAR = {
    "year": "2026",
    "month": "11",
    "day_of_the_year": "305",
    "week_of_the_year": "44",
}


def fill(services, projects=PROJECTS) -> None:
    """Add scopes and rated points.

    Each hour of each project has an instance (1 at 0.5) and a volume (10 at
    0.1); project-1 has a large instance (1 at 2) too.
    """
    services.storage.init()
    for project in projects:
        scope = new_scopes.make(project)
        with services.database.writer() as session:
            scope_updates.create(session, scope, BEGIN + (HOURS - 1) * HOUR)
        services.storage.replace(
            scope,
            periods.Window(BEGIN, BEGIN + HOURS * HOUR),
            [_frame(project, BEGIN + hour * HOUR) for hour in range(HOURS)],
        )


def _frame(project: str, start: datetime.datetime) -> dataframe.DataFrame:
    frame = dataframe.DataFrame(start, start + HOUR)
    frame.add_point(_point(project, "1", "0.5", flavor="small"), "instance")
    if project == "project-1":
        frame.add_point(_point(project, "1", "2", flavor="large"), "instance")
    frame.add_point(_point(project, "10", "0.1"), "volume")
    return frame


def _point(project, qty, price, **groupby) -> dataframe.DataPoint:
    return dataframe.DataPoint(
        "unit",
        decimal.Decimal(qty),
        decimal.Decimal(price),
        {"project_id": project, **_CALENDAR, **groupby},
        {},
    )


def begin_task(
    services, project: str, batch_id: str, mode: str = "reprocess"
) -> task_records.Task:
    """Add a task over all hours of a project, claimed by a processor."""
    new = new_tasks.make(project, BEGIN, HOURS, batch_id=batch_id, mode=mode)
    now = services.clock.now()
    services.database.write(
        lambda session: new_tasks.insert(session, [new], now)
    )
    return services.database.write(
        lambda session: claiming.claim_next(
            session, owner="test", now=now, lease_seconds=60
        )
    )
