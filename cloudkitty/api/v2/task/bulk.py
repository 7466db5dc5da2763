# SPDX-License-Identifier: Apache-2.0
"""``PATCH /v2/task``: change all tasks that match a filter."""

import dataclasses
import typing

import wsme.types

from cloudkitty.api import error_codes
from cloudkitty.api import errors
from cloudkitty.api import ordered
from cloudkitty.api.request import body
from cloudkitty.api.request import context as ck_context
from cloudkitty.api.request import hooks
from cloudkitty.api.request import validate
from cloudkitty.api.v2.task import content_parsing
from cloudkitty.api.v2.task import parsing
from cloudkitty.db.tasks import filters as task_filters
from cloudkitty.tasks import bulk
from cloudkitty.tasks import governance

KEYS = ("state", "filters", "dry_run", "reason", "force")
FILTERS = ("state", "scope_id", "batch_id", "reason")
#: Maximum number of refused tasks in a response.
_MAX_REFUSED = 100


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request to change all tasks that match a filter."""

    change: bulk.Change
    dry_run: bool


class Refused(ordered.Base):
    """A task that was not retried."""

    id = int
    scope_id = wsme.types.text
    why = wsme.types.text


class Outcome(ordered.Base):
    """The numbers of tasks."""

    matched = int
    #: Of a dry run: the number of tasks whose state allows the change.
    changed = int
    dry_run = bool
    #: Number of tasks that were not retried.
    refused_total = int
    #: The first ones of them.
    refused = [Refused]

    @classmethod
    def of(cls, outcome: bulk.Outcome, dry_run: bool) -> typing.Self:
        """Return the wire form of ``outcome``."""
        return cls(
            matched=outcome.matched,
            changed=outcome.changed,
            dry_run=dry_run,
            refused_total=len(outcome.refused),
            refused=[
                Refused(id=task.id, scope_id=task.scope_id, why=task.why)
                for task in outcome.refused[:_MAX_REFUSED]
            ],
        )


def read(context: ck_context.RequestContext) -> Request:
    """Return the request in the body of the current request.

    :param context: identity of the sender.
    """
    content = body.read(KEYS, required=("state",))
    change = parsing.change_of(content, context)
    return Request(
        change=bulk.Change(
            filters=_filters(content.get("filters", {})),
            target=change.target,
            by=change.by,
            why=change.why,
            force=change.force,
        ),
        dry_run=validate.boolean("dry_run", content.get("dry_run", False)),
    )


def change(request: Request) -> Outcome:
    """Execute the request, or count its tasks; return the numbers."""
    services = hooks.services()
    if request.dry_run:
        return Outcome.of(bulk.count(services.database, request.change), True)
    outcome = bulk.change_states(
        services.database,
        services.clock,
        services.conf.collect.period,
        request.change,
        rules=governance.Rules.of(services.conf),
        notifications=services.notifications,
    )
    return Outcome.of(outcome, False)


def _filters(content: object) -> task_filters.Filters:
    if not isinstance(content, dict):
        raise validate.invalid(
            "filters",
            content,
            "is not an object",
            f"an object with at least one of {', '.join(FILTERS)}",
        )
    validate.known(content, FILTERS)
    if not content:
        raise errors.BadRequest(
            error_codes.ARGUMENT_MISSING,
            "filters is missing or empty: send at least one of "
            f"{', '.join(FILTERS)}, or every state to change all tasks",
        )
    found: task_filters.Filters = {}
    if "state" in content:
        names = validate.text_list("filters.state", content["state"])
        found["states"] = parsing.states_of("filters.state", names)
    if "scope_id" in content:
        found["scope_ids"] = validate.text_list(
            "filters.scope_id",
            content["scope_id"],
            max_length=content_parsing.MAX_SCOPE_ID,
        )
    if "batch_id" in content:
        found["batch_ids"] = validate.text_list(
            "filters.batch_id", content["batch_id"]
        )
    if "reason" in content:
        found["reason"] = validate.text(
            "filters.reason", content["reason"], max_length=body.MAX_BYTES
        )
    return found
