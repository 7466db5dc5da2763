# SPDX-License-Identifier: Apache-2.0
"""Scripts: find, create, update, delete."""

import dataclasses
import datetime
import uuid

from sqlalchemy import orm

from cloudkitty.common import clock as ck_clock
from cloudkitty.db import facade
from cloudkitty.db.rules import edit_lock
from cloudkitty.db.rules import scripts as script_rows
from cloudkitty.rating.editing import errors as edit_errors
from cloudkitty.rating.editing import updates
from cloudkitty.rating.editing import validity
from cloudkitty.rating.pyscripts import errors
from cloudkitty.rating.pyscripts import process
from cloudkitty.rating.pyscripts import sandbox

_MODULE = "pyscripts"
UPDATES = updates.Kind(noun="script")
_EDITED = ("name", "data", "start", "end", "description")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class NewScript:
    """The attributes of a new script.

    :param data: its source.
    :param start: aware UTC; None: now.
    :param end: aware UTC; None: unlimited.
    """

    name: str
    data: str
    start: datetime.datetime | None = None
    end: datetime.datetime | None = None
    description: str | None = None


def find(
    database: facade.Database,
    filters: script_rows.Filters,
    *,
    with_data: bool = True,
) -> list[script_rows.Script]:
    """Return the scripts that pass the filters, in the order they run."""
    with database.reader() as session:
        return script_rows.find(session, filters, with_data=with_data)


def get(database: facade.Database, script_id: str) -> script_rows.Script:
    """Return one script.

    :raises NotFound: if no script has this UUID, or it is deleted.
    """
    with database.reader() as session:
        return _get(session, script_id)


def create(
    database: facade.Database,
    clock: ck_clock.Clock,
    new: NewScript,
    *,
    user_id: str,
    force: bool = False,
) -> script_rows.Script:
    """Create a script.

    :param user_id: the user who creates it.
    :param force: allow a start in the past.
    :raises EditError: if it is not valid, or its name is taken.
    """
    now = validity.whole_seconds(clock.now())
    valid = validity.of_new(UPDATES.noun, new.start, new.end, now, force=force)
    check_data(new.data)
    script_id = str(uuid.uuid4())

    def work(session: orm.Session) -> script_rows.Script:
        done = script_rows.get(session, script_id)
        if done is not None:
            return done
        _check_name(session, new.name)
        script_rows.insert(
            session,
            script_id=script_id,
            name=new.name,
            data=new.data,
            start=valid.start,
            end=valid.end,
            description=new.description,
            created_at=now,
            created_by=user_id,
        )
        return _get(session, script_id)

    return edit_lock.edit(database, _MODULE, work)


def update(
    database: facade.Database,
    clock: ck_clock.Clock,
    script_id: str,
    given: updates.Given,
    *,
    user_id: str,
) -> script_rows.Script:
    """Change a script; see ``updates`` for the allowed changes.

    :param given: attributes with their new values.
    :param user_id: the user who changes it.
    :raises NotFound: if no script has this UUID, or it is deleted.
    :raises EditError: if the change is not allowed.
    """
    now = validity.whole_seconds(clock.now())
    # Before the transaction: it may take a while.
    before = get(database, script_id)
    wanted = updates.apply(UPDATES, before, given, now)
    if wanted.data is not None and wanted.data != before.data:
        check_data(wanted.data)

    def work(session: orm.Session) -> script_rows.Script:
        stored = _get(session, script_id)
        becomes = updates.apply(UPDATES, stored, given, now)
        columns = {
            name: getattr(becomes, name)
            for name in _EDITED
            if getattr(becomes, name) != getattr(stored, name)
        }
        if not columns:
            return stored
        validity.Validity.of(becomes).check()
        if "name" in columns:
            _check_name(session, becomes.name)
        script_rows.update(session, stored.id, updated_by=user_id, **columns)
        return _get(session, script_id)

    return edit_lock.edit(database, _MODULE, work)


def delete(
    database: facade.Database,
    clock: ck_clock.Clock,
    script_id: str,
    *,
    user_id: str,
) -> None:
    """Delete a script: it no longer runs for any period.

    :raises NotFound: if no script has this UUID, or it is deleted.
    """
    row_id = get(database, script_id).id
    now = validity.whole_seconds(clock.now())
    edit_lock.edit(
        database,
        _MODULE,
        lambda session: script_rows.mark_deleted(
            session, row_id, now, user_id
        ),
    )


def check_data(data: str) -> None:
    """Check that a text is the source of a program that can be stored.

    :raises DataInvalid: if not.
    :raises CheckerUnavailable: if it cannot be checked.
    """
    try:
        script_rows.packed(data)
        bad = sandbox.check(data)
    except script_rows.TooLong as error:
        raise errors.DataInvalid(f"is too long: {error}") from error
    except UnicodeEncodeError as error:
        raise errors.DataInvalid("is not valid Unicode") from error
    except process.ProcessError as error:
        raise errors.CheckerUnavailable from error
    if bad is not None:
        raise errors.DataInvalid(bad)


def _get(session: orm.Session, script_id: str) -> script_rows.Script:
    found = script_rows.get(session, script_id)
    if found is None or found.deleted is not None:
        raise edit_errors.NotFound("script")
    return found


def _check_name(session: orm.Session, name: str) -> None:
    for other in script_rows.find(
        session, script_rows.Filters(name=name), with_data=False
    ):
        raise errors.NameTaken(other.script_id)
