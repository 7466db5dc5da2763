# SPDX-License-Identifier: Apache-2.0
"""``/v1/rating/module_config/pyscripts/scripts``.

``module_config`` authorises requests for all paths below it with one rule.
"""

import pecan

from cloudkitty.api import resource
from cloudkitty.api.request import hooks
from cloudkitty.api.v1 import arguments
from cloudkitty.api.v1 import rules
from cloudkitty.api.v1.pyscripts import parsing
from cloudkitty.api.v1.pyscripts import problems
from cloudkitty.api.v1.pyscripts import types
from cloudkitty.db.rules import scripts as script_rows
from cloudkitty.rating.pyscripts import editing

_PATH = "v1/rating/module_config/pyscripts/scripts"
#: Stored instead of a missing user id.
_UNKNOWN_USER = "unknown"


class Script(rules.Rule):
    """One script."""

    def show(self) -> types.Script:
        args = arguments.read(path=self._path())
        with problems.answered():
            found = editing.get(
                hooks.services().database, args.raw("script_id")
            )
        return types.Script.of(found)

    def change(self) -> types.Script:
        args = arguments.read(
            *parsing.ATTRIBUTES,
            required=("name", "script_id"),
            path=self._path(),
        )
        services = hooks.services()
        with problems.answered():
            changed = editing.update(
                services.database,
                services.clock,
                _script_id(args),
                parsing.changes(args),
                user_id=_user(),
            )
        # Clients of version 1 expect 201, not 200.
        return _created(changed)

    def remove(self) -> None:
        args = arguments.read(
            "script_id", required=("script_id",), path=self._path()
        )
        services = hooks.services()
        with problems.answered():
            editing.delete(
                services.database,
                services.clock,
                _script_id(args),
                user_id=_user(),
            )

    def _path(self) -> dict[str, str]:
        return {} if self.ident is None else {"script_id": self.ident}


class Scripts(rules.Rules):
    """All scripts."""

    item = Script

    def child(self, segments: resource.Segments) -> resource.Below:
        return Script("/".join(segments)), ()

    @resource.answers_json
    def get(self) -> types.Scripts:
        args = arguments.read(*parsing.FILTERS)
        services = hooks.services()
        with_data = not args.boolean("no_data")
        found = editing.find(
            services.database,
            parsing.filters(args, services.clock.now()),
            with_data=with_data,
        )
        return types.Scripts(
            scripts=[
                types.Script.of(script, with_data=with_data)
                for script in found
            ]
        )

    @resource.answers_json
    def post(self) -> types.Script:
        args = arguments.read(
            *parsing.ATTRIBUTES, "force", required=("name", "data")
        )
        services = hooks.services()
        with problems.answered():
            made = editing.create(
                services.database,
                services.clock,
                parsing.new_script(args),
                user_id=_user(),
                force=bool(args.boolean("force")),
            )
        return _created(made)


class PyScripts(resource.Parent):
    """The paths below; the path itself does not exist."""

    def __init__(self) -> None:
        super().__init__({"scripts": Scripts()})


def _script_id(args: arguments.Arguments) -> str:
    found = args.text("script_id")
    return "" if found is None else found


def _created(script: script_rows.Script) -> types.Script:
    pecan.response.status = 201
    pecan.response.headers["Location"] = (
        f"{pecan.request.application_url}/{_PATH}/{script.script_id}"
    )
    return types.Script.of(script)


def _user() -> str:
    return hooks.context().user_id or _UNKNOWN_USER
