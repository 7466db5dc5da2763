# SPDX-License-Identifier: Apache-2.0
"""``.../hashmap/thresholds``."""

import typing

from cloudkitty.api import error_codes
from cloudkitty.api import errors
from cloudkitty.api import resource
from cloudkitty.api.request import hooks
from cloudkitty.api.v1 import arguments
from cloudkitty.api.v1.hashmap import parsing
from cloudkitty.api.v1.hashmap import problems
from cloudkitty.api.v1.hashmap import types
from cloudkitty.db.rules import thresholds as hashmap_thresholds
from cloudkitty.rating.hashmap.editing import errors as rule_errors
from cloudkitty.rating.hashmap.editing import owners
from cloudkitty.rating.hashmap.editing import thresholds

#: All attributes of a threshold in requests and responses.
_ATTRIBUTES = (
    "threshold_id",
    "level",
    "cost",
    "type",
    *parsing.OWNERS,
    "tenant_id",
)
_MANDATORY = ("level", "cost")


class Thresholds(resource.Resource):
    """The thresholds of a service, a field or a group."""

    def child(self, segments: resource.Segments) -> resource.Below:
        if segments[0] == "group":
            # This path contains no id: it is in the query or in the body.
            return GroupOfThreshold(None), segments[1:]
        return Threshold(segments[0]), segments[1:]

    @resource.answers_json
    def get(self) -> types.Thresholds:
        args = arguments.read(
            *parsing.OWNERS, "tenant_id", "filter_tenant", "no_group"
        )
        found = thresholds.find(hooks.services().database, _filters(args))
        return types.Thresholds(
            thresholds=[types.Threshold.from_row(row) for row in found]
        )

    @resource.answers_json
    def post(self) -> types.Threshold:
        args = arguments.read(*_ATTRIBUTES, required=_MANDATORY)
        new = _new(args)
        with problems.answered():
            made = thresholds.create(hooks.services().database, new)
        parsing.created(made.threshold_id)
        return types.Threshold.from_row(made)

    @resource.answers_json
    def put(self) -> types.Threshold:
        return _update(None)

    @resource.answers_nothing
    def delete(self) -> None:
        _delete(None)


class Threshold(resource.Resource):
    """One threshold.

    :param ident: id of the threshold.
    """

    def __init__(self, ident: str) -> None:
        self._ident = ident

    def child(self, segments: resource.Segments) -> resource.Below:
        if segments[0] == "group":
            return GroupOfThreshold(self._ident), segments[1:]
        return None

    @resource.answers_json
    def get(self) -> types.Threshold:
        ident, _ = parsing.read("threshold", self._ident)
        return types.Threshold.from_row(_get(ident))

    @resource.answers_json
    def put(self) -> types.Threshold:
        return _update(self._ident)

    @resource.answers_nothing
    def delete(self) -> None:
        _delete(self._ident)


class GroupOfThreshold(resource.Resource):
    """The group of a threshold.

    :param ident: id of the threshold, ``None`` if the path does not contain
        it.
    """

    def __init__(self, ident: str | None) -> None:
        self._ident = ident

    @resource.answers_json
    def get(self) -> types.Group:
        ident, _ = parsing.read("threshold", self._ident)
        found = _get(ident)
        with problems.answered():
            if found.group_id is None:
                raise rule_errors.NoGroup("threshold")
            group = owners.group(hooks.services().database, found.group_id)
        return types.Group.from_row(group)


def _get(ident: str) -> hashmap_thresholds.Threshold[str]:
    with problems.answered():
        return thresholds.get(hooks.services().database, ident)


def _new(args: arguments.Arguments) -> thresholds.NewThreshold:
    return thresholds.NewThreshold(
        level=typing.cast(typing.Any, args.decimal("level", places=8)),
        cost=typing.cast(typing.Any, args.decimal("cost")),
        map_type=parsing.map_type(args) or "flat",
        **parsing.owners(args),
        tenant_id=parsing.tenant(args),
    )


def _update(ident: str | None) -> types.Threshold:
    ident, args = parsing.read(
        "threshold", ident, *_ATTRIBUTES, required=_MANDATORY
    )
    new = _new(args)
    with problems.answered():
        changed = thresholds.update(
            hooks.services().database,
            ident,
            new,
            keep_group="group_id" not in args,
        )
    return types.Threshold.from_row(changed)


def _delete(ident: str | None) -> None:
    ident, _ = parsing.read("threshold", ident)
    with problems.answered():
        thresholds.delete(hooks.services().database, ident)


def _filters(args: arguments.Arguments) -> hashmap_thresholds.Filters:
    if not any(args.given(name) for name in parsing.OWNERS):
        raise errors.BadRequest(
            error_codes.ARGUMENT_MISSING,
            "the owner is missing: send service_id, field_id or group_id",
        )
    parsing.forbid_both(args, "service_id", "field_id")
    no_group = bool(args.boolean("no_group"))
    if no_group:
        parsing.forbid_both(args, "group_id", "no_group")
    tenant_id, general = parsing.tenant_filter(args)
    return hashmap_thresholds.Filters(
        **{name: args.text(name, blank=True) for name in parsing.OWNERS},
        no_group=no_group,
        tenant_id=tenant_id,
        general=general,
    )
