# SPDX-License-Identifier: Apache-2.0
"""Records the SQL statements that a test causes."""

import collections.abc
import contextlib

import sqlalchemy as sa


@contextlib.contextmanager
def recorded(engine: sa.Engine) -> collections.abc.Iterator[list[str]]:
    """Yield a list to which the text of each statement is added.

    Statements for several sets of parameters count once.
    """
    executed: list[str] = []

    def note(connection, cursor, statement, *_rest):
        executed.append(statement)

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield executed
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
