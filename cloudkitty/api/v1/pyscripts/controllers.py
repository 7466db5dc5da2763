# SPDX-License-Identifier: Apache-2.0
"""``/v1/rating/module_config/pyscripts/scripts``.

``module_config`` authorises requests for all paths below it with one rule.
"""

import pecan

from cloudkitty.api import resource
from cloudkitty.api.request import hooks
from cloudkitty.api.v1 import arguments
from cloudkitty.api.v1.pyscripts import parsing
from cloudkitty.api.v1.pyscripts import problems
from cloudkitty.api.v1.pyscripts import types
from cloudkitty.db.rules import scripts as script_rows
from cloudkitty.rating.pyscripts import editing

_PATH = "v1/rating/module_config/pyscripts/scripts"
#: Stored instead of a missing user id.
_NOBODY = "unknown"


class PyScripts(resource.Resource):
    """The paths below; the path itself does not exist."""

    def child(self, segments: resource.Segments) -> resource.Below:
        return (Scripts(), segments[1:]) if segments[0] == "scripts" else None


class Scripts(resource.Resource):
    """All scripts."""

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

    @resource.answers_json
    def put(self) -> types.Script:
        return _put({})

    @resource.answers_nothing
    def delete(self) -> None:
        _delete({})


class Script(resource.Resource):
    """One script.

    :param script_id: id in the path.
    """

    def __init__(self, script_id: str) -> None:
        self._path = {"script_id": script_id}

    @resource.answers_json
    def get(self) -> types.Script:
        args = arguments.read(path=self._path)
        with problems.answered():
            found = editing.get(
                hooks.services().database, args.raw("script_id")
            )
        return types.Script.of(found)

    @resource.answers_json
    def put(self) -> types.Script:
        return _put(self._path)

    @resource.answers_nothing
    def delete(self) -> None:
        _delete(self._path)


def _put(path: dict[str, str]) -> types.Script:
    args = arguments.read(
        *parsing.ATTRIBUTES, required=("name", "script_id"), path=path
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


def _delete(path: dict[str, str]) -> None:
    args = arguments.read("script_id", required=("script_id",), path=path)
    services = hooks.services()
    with problems.answered():
        editing.delete(
            services.database,
            services.clock,
            _script_id(args),
            user_id=_user(),
        )


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
    return hooks.context().user_id or _NOBODY
