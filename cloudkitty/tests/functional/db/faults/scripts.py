# SPDX-License-Identifier: Apache-2.0
"""A call of every function, and of every edit, of rating scripts."""

import sqlalchemy as sa

from cloudkitty.db.rules import filters as rule_filters
from cloudkitty.db.rules import models as rule_models
from cloudkitty.db.rules import scripts as script_rows
from cloudkitty.rating.pyscripts import editing
from cloudkitty.tests.fakes import clock as fake_clock
from cloudkitty.tests.functional.db.faults import cases

#: The script that every call finds.
SCRIPT = "00000000-0000-4000-8000-000000000001"
_OTHER = "00000000-0000-4000-8000-000000000002"
_SOURCE = "a = 1"


def prepare(session):
    """Put the script there."""
    _insert(session, SCRIPT, "mine")


def _insert(session, script_id, name):
    script_rows.insert(
        session,
        script_id=script_id,
        name=name,
        data=_SOURCE,
        start=cases.NOW,
        created_at=cases.NOW,
        created_by="somebody",
    )


def _row(session):
    return script_rows.get(session, SCRIPT).id


def _equal(session, world):
    model = rule_models.PyscriptsScript
    wanted = rule_filters.equal(
        session, ((model.name, "mine"), (model.created_by, None))
    )
    return session.scalars(sa.select(model.name).where(*wanted)).all()


FUNCTIONS = [
    cases.of_session("rule_filters.equal", _equal),
    cases.of_session(
        "script_rows.load", lambda session, world: script_rows.load(session)
    ),
    cases.of_session(
        "script_rows.get",
        lambda session, world: script_rows.get(session, SCRIPT),
    ),
    cases.of_session(
        "script_rows.find",
        lambda session, world: script_rows.find(
            session,
            script_rows.Filters(
                name="mine",
                active_at=cases.LATER,
                created_by="somebody",
                deleted=True,
            ),
            with_data=False,
        ),
    ),
    cases.of_session(
        "script_rows.insert",
        lambda session, world: _insert(session, _OTHER, "other"),
        cases.TOLD,
    ),
    cases.of_session(
        "script_rows.update",
        lambda session, world: script_rows.update(
            session, _row(session), data="b = 2", end=cases.LATER
        ),
    ),
    cases.of_session(
        "script_rows.mark_deleted",
        lambda session, world: script_rows.mark_deleted(
            session, _row(session), cases.LATER, "somebody"
        ),
    ),
]


def _clock():
    return fake_clock.FakeClock(cases.NOW)


def _create(world):
    return editing.create(
        world.database,
        _clock(),
        editing.NewScript(name="new", data=_SOURCE),
        user_id="somebody",
    )


def _update(world):
    return editing.update(
        world.database,
        _clock(),
        SCRIPT,
        {"name": "mine", "end": cases.LATER},
        user_id="somebody",
    )


def _delete(world):
    editing.delete(world.database, _clock(), SCRIPT, user_id="somebody")


EDITS = [
    cases.Case(
        "editing.find",
        lambda world: editing.find(world.database, script_rows.Filters()),
    ),
    cases.Case(
        "editing.get", lambda world: editing.get(world.database, SCRIPT)
    ),
    cases.Case("editing.create", _create),
    cases.Case("editing.update", _update),
    cases.Case("editing.delete", _delete),
]


def public_edits():
    """Yield the functions to cover, by introspection."""
    yield from cases.functions_with(editing, "session", "database")
