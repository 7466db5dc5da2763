# SPDX-License-Identifier: Apache-2.0
"""A program that runs tests with two more states in the table.

``python -m cloudkitty.tests.functional.tasks.invented_states BACKEND`` edits
a copy of ``db/tasks/states.py``, and of no other module, before any other
module has read it. Then it runs ``invented_cases``.
"""

import importlib
import importlib.util
import os
import pathlib
import sys
import unittest

NAME = "cloudkitty.db.tasks.states"
CASES = "cloudkitty.tests.functional.tasks.invented_cases"
#: Name of the environment variable that holds the database's kind.
BACKEND = "CLOUDKITTY_TEST_INVENTED_BACKEND"
#: Texts that occur once in the module, and the texts that replace them.
EDITS = (
    (
        '    SCHEDULED = "scheduled"\n',
        '    SCHEDULED = "scheduled"\n'
        '    HELD = "held"\n'
        '    READY = "ready"\n',
    ),
    (
        "RULES: dict[State, Rule] = {\n",
        """RULES: dict[State, Rule] = {
    State.HELD: Rule(
        unfinished=True,
        hidden=True,
        by_processor={State.RUNNING},
        by_operator={State.CANCELLED},
    ),
    State.READY: Rule(
        unfinished=True,
        hidden=False,
        by_processor={State.RUNNING},
        by_operator={State.CANCELLED},
    ),
""",
    ),
    # The transitions of a paused task, then those of a failed one.
    (
        "by_operator={State.SCHEDULED, State.CANCELLED}",
        "by_operator={State.SCHEDULED, State.CANCELLED, "
        "State.HELD, State.READY}",
    ),
    (
        "by_operator={State.SCHEDULED}",
        "by_operator={State.SCHEDULED, State.HELD, State.READY}",
    ),
)


def load() -> None:
    """Import the table with the edits."""
    if NAME in sys.modules:
        raise RuntimeError(f"{NAME} has been read already")
    spec = importlib.util.find_spec(NAME)
    source = pathlib.Path(spec.origin).read_text(encoding="utf-8")
    for old, new in EDITS:
        if source.count(old) != 1:
            raise RuntimeError(f"{source.count(old)} times: {old!r}")
        source = source.replace(old, new)
    module = importlib.util.module_from_spec(spec)
    sys.modules[NAME] = module
    exec(compile(source, f"{spec.origin} (edited)", "exec"), vars(module))
    importlib.import_module("cloudkitty.db.tasks").states = module


if __name__ == "__main__":
    os.environ[BACKEND] = sys.argv[1]
    load()
    unittest.main(CASES, argv=sys.argv[:1])
