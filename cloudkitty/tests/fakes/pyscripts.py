# SPDX-License-Identifier: Apache-2.0
"""Scripts, quickly written into a database or a sandbox."""

import decimal
import textwrap
import uuid

import sqlalchemy as sa

from cloudkitty import dataframe
from cloudkitty.common import clock as ck_clock
from cloudkitty.db.rules import models as rule_models
from cloudkitty.db.rules import scripts as script_rows
from cloudkitty.rating.pyscripts import sandbox
from cloudkitty.tests import rule_book

#: Prices every unit of everything at 2.
DOUBLE = """
for points in data["usage"].values():
    for point in points:
        point["rating"]["price"] = point["vol"]["qty"] * 2
"""


def source(text):
    """Return a script that is written indented in a test."""
    return textwrap.dedent(text)


def add(
    database,
    data,
    name=None,
    *,
    start=rule_book.START,
    deleted_at=None,
    stored=None,
    **columns,
):
    """Store a script without checking it; return it.

    :param stored: bytes of the row instead of the compressed source.
    """
    script_id = str(uuid.uuid4())

    def work(session):
        script_rows.insert(
            session,
            script_id=script_id,
            name=name or script_id,
            data=data,
            start=start,
            created_at=start,
            created_by="me",
            **columns,
        )
        made = script_rows.get(session, script_id)
        if deleted_at is not None:
            script_rows.mark_deleted(session, made.id, deleted_at, "me")
        if stored is not None:
            session.execute(
                sa.update(rule_models.PyscriptsScript)
                .where(rule_models.PyscriptsScript.id == made.id)
                .values(data=stored)
            )
        return made

    return database.write(work)


def make_sandbox(test, **options):
    """Return a sandbox that ends with the test."""
    conf = test.make_conf(pyscripts={"enabled": True, **options})
    made = sandbox.Sandbox(conf, ck_clock.SystemClock())
    test.addCleanup(made.close)
    return made


def frame(count=2):
    """Return a frame of one metric with quantities 1, 2, ..."""
    return rule_book.frame(
        [
            dataframe.DataPoint(
                "GiB",
                decimal.Decimal(number + 1),
                decimal.Decimal(0),
                {"id": f"i-{number}"},
                {"flavor": "m1"},
                "words",
            )
            for number in range(count)
        ]
    )


def prices(rated, metric="cpu"):
    """Return the prices of a frame's points as texts."""
    return [str(point.price) for point in rated.usage[metric]]
