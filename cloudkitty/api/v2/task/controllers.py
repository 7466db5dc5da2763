# SPDX-License-Identifier: Apache-2.0
"""The paths below ``/v2/task``."""

import functools
import urllib.parse

import pecan

from cloudkitty.api import error_codes
from cloudkitty.api import errors
from cloudkitty.api import resource
from cloudkitty.api.request import authorize
from cloudkitty.api.request import conditional
from cloudkitty.api.request import hooks
from cloudkitty.api.request import paging
from cloudkitty.api.request import query
from cloudkitty.api.request import validate
from cloudkitty.api.v2.task import batches
from cloudkitty.api.v2.task import bulk
from cloudkitty.api.v2.task import choices
from cloudkitty.api.v2.task import detail
from cloudkitty.api.v2.task import parsing
from cloudkitty.api.v2.task import problems
from cloudkitty.api.v2.task import revisions
from cloudkitty.api.v2.task import task_list
from cloudkitty.api.v2.task import types
from cloudkitty.api.v2.task import workers
from cloudkitty.db.tasks import queries as task_queries
from cloudkitty.policies import task as policies
from cloudkitty.tasks import accept
from cloudkitty.tasks import actions
from cloudkitty.tasks import detail as task_detail
from cloudkitty.tasks import governance
from cloudkitty.tasks import previews
from cloudkitty.tasks import request as task_request


class TaskTypes(resource.Resource):
    """``/v2/task``."""

    def child(self, segments: resource.Segments) -> resource.Below:
        if segments[0] == "reprocesses":
            return Reprocesses(), segments[1:]
        if segments[0] == "batches":
            return batches.Batches(), segments[1:]
        if segments[0] == "workers":
            return workers.Workers(), segments[1:]
        task_id = parsing.task_id(segments[0])
        if task_id is None:
            return None
        return Task(task_id), segments[1:]

    @resource.answers_json
    def get(self) -> types.TaskTypes:
        """List the types of tasks, and the limits of requests."""
        authorize.authorize(policies.GET)
        parts = parsing.included(query.read("include"), "scopes", "metrics")
        shown = types.TaskTypes(
            task_types=["reprocesses"],
            period_seconds=hooks.services().conf.collect.period,
            max_periods=task_request.MAX_PERIODS,
            max_reason=task_request.MAX_REASON,
        )
        if "scopes" in parts:
            shown.scopes = choices.scopes()
        if "metrics" in parts:
            shown.metrics = choices.metrics()
        return shown

    @resource.answers_json
    def patch(self) -> bulk.Outcome:
        """Pause, resume, retry or cancel all tasks that match a filter."""
        authorize.authorize(policies.UPDATE_MANY)
        query.read()
        request = bulk.read(hooks.context())
        if request.change.force:
            authorize.authorize(policies.FORCE)
        return bulk.change(request)


class Task(resource.Resource):
    """``/v2/task/{id}``.

    :param task_id: ``id`` of the task in lists.
    """

    def __init__(self, task_id: int) -> None:
        self._task_id = task_id

    def child(self, segments: resource.Segments) -> resource.Below:
        if segments[0] == "periods":
            return TaskPeriods(self._task_id), segments[1:]
        return None

    @resource.answers_json
    def get(self) -> detail.Task:
        """Return the task."""
        authorize.authorize(policies.GET)
        args = query.read("include")
        parts = parsing.included(args, "days", "periods")
        revisions.check_task(self._task_id)
        shown = self._show(days="days" in parts)
        if "periods" in parts:
            notes, shown.periods_noted = task_detail.read_notes(
                hooks.services().database,
                self._task_id,
                offset=0,
                limit=task_detail.MAX_NOTES,
            )
            shown.periods = [detail.Note.of(note) for note in notes]
        return shown

    @resource.answers_json
    def patch(self) -> detail.Task:
        """Pause, resume, retry or cancel the task."""
        authorize.authorize(policies.UPDATE)
        query.read()
        change = parsing.read_change(hooks.context())
        if change.force:
            authorize.authorize(policies.FORCE)
        services = hooks.services()
        with problems.answered(errors.Conflict):
            actions.change_state(
                services.database,
                services.clock,
                services.conf.collect.period,
                self._task_id,
                change.target,
                by=change.by,
                why=change.why,
                force=change.force,
                rules=governance.Rules.of(services.conf),
                notifications=services.notifications,
            )
        return self._show()

    def _show(self, *, days: bool = False) -> detail.Task:
        services = hooks.services()
        period_seconds = services.conf.collect.period
        with problems.answered():
            found = task_detail.read(
                services.database,
                services.clock,
                period_seconds,
                self._task_id,
                governance.Rules.of(services.conf),
                days=days,
            )
        shown = detail.Task.of_detail(found, period_seconds)
        if days:
            shown.days = [*detail.Day.of_totals(found.totals)]
        return shown


class TaskPeriods(resource.Resource):
    """``/v2/task/{id}/periods``: notes on periods."""

    def __init__(self, task_id: int) -> None:
        self._task_id = task_id

    @resource.answers_json
    def get(self) -> list[detail.Note] | paging.Envelope[detail.Note]:
        """List the notes, oldest first, as a plain list or in pages."""
        authorize.authorize(policies.GET)
        args = query.read(*paging.NAMES)
        page = paging.read(args)
        with problems.answered():
            found, total = task_detail.read_notes(
                hooks.services().database,
                self._task_id,
                offset=page.offset,
                limit=page.limit,
            )
        link = paging.next_link(args, page, len(found), total)
        results = [detail.Note.of(note) for note in found]
        if page.asked:
            return paging.envelope(results, total, link)
        paging.add_header(link)
        return results


class Reprocesses(resource.Resource):
    """``/v2/task/reprocesses``."""

    def child(self, segments: resource.Segments) -> resource.Below:
        return Reprocess("/".join(segments)), ()

    @resource.answers_json
    def post(self) -> resource.Empty:
        """Create one task for each scope, or none."""
        authorize.authorize(policies.CREATE)
        query.read()
        services = hooks.services()
        with problems.answered():
            request = parsing.read_request(
                hooks.context(),
                functools.partial(previews.read, services.database),
            )
            if request.force:
                authorize.authorize(policies.FORCE)
            accepted = accept.accept(
                services.database,
                services.clock,
                services.conf.collect.period,
                request,
                key=parsing.read_key(),
                rules=governance.Rules.of(services.conf),
                notifications=services.notifications,
            )
        here = pecan.request.path.rstrip("/")
        wanted = urllib.parse.urlencode({"batch_id": accepted.batch_id})
        pecan.response.headers["Location"] = f"{here}?{wanted}"
        return {}

    @resource.answers_json
    def get(self) -> task_list.Response:
        """List tasks, as a plain list or in pages."""
        authorize.authorize(policies.GET)
        period_seconds = hooks.services().conf.collect.period
        listing = parsing.read_listing(period_seconds)
        # The stock client does not ask for a tag, which costs a statement.
        if listing.details or conditional.asked():
            revisions.check_all()
        response: task_list.Response
        response = task_list.read(listing, period_seconds)
        return response


class Reprocess(resource.Resource):
    """``/v2/task/reprocesses/{scope_id}``.

    :param scope_id: id in the path, decoded.
    """

    def __init__(self, scope_id: str) -> None:
        self._scope_id = scope_id

    @resource.answers_json
    def get(self) -> types.ReprocessText:
        """Return the scope's unfinished task, else its newest."""
        authorize.authorize(policies.GET)
        query.read()
        scope_id = parsing.scope_id(self._scope_id)
        services = hooks.services()
        with services.database.reader() as session:
            task = task_queries.latest(session, scope_id)
        if task is None:
            raise errors.NotFound(
                error_codes.TASK_NOT_FOUND,
                f"scope {validate.shown(scope_id)} has no reprocessing task: "
                "GET /v2/task/reprocesses lists all tasks",
            )
        return types.rendered(task, services.conf.collect.period)
