# SPDX-License-Identifier: Apache-2.0
"""The page of a task, and changes of it."""

import typing

from django import http
from django import shortcuts
from django.contrib import messages
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views import generic

from cloudkitty_reprocess_dashboard import client
from cloudkitty_reprocess_dashboard import names
from cloudkitty_reprocess_dashboard import offers
from cloudkitty_reprocess_dashboard import policies
from cloudkitty_reprocess_dashboard import rows
from cloudkitty_reprocess_dashboard import task_page
from cloudkitty_reprocess_dashboard.views import actions
from cloudkitty_reprocess_dashboard.views import base


class _Task:
    """Loads a task."""

    request: typing.Any
    kwargs: typing.Any

    def load(self, etag: str = "") -> base.Context | None:
        task_id = self.kwargs["task_id"]
        answer = client.Client(self.request).task(task_id, etag)
        if answer is None:
            return None
        item = answer.body
        users = names.of_users(self.request, task_page.user_ids(item))
        task = task_page.TaskPage(item, names.of_projects(self.request), users)
        return {
            "page_title": _("Task %s") % task.id,
            "task": task,
            "metrics": task.metrics,
            "parts": task_page.PARTS.values(),
            "can_change": policies.allowed(self.request, policies.UPDATE),
            "back_url": reverse(
                "horizon:admin:reprocesses:task", args=[task.id]
            ),
            "data_url": reverse(
                "horizon:admin:reprocesses:task_data", args=[task.id]
            ),
            "etag": answer.etag,
            "busy": task.busy,
        }


class TaskView(_Task, base.Page):
    """The page."""

    template_name = "reprocess/task.html"


class TaskData(_Task, base.Data):
    """Its parts."""

    parts: typing.ClassVar = {
        "task": "reprocess/_task.html",
        "metrics": "reprocess/_metrics.html",
        "curve": "reprocess/_curve.html",
        "comparison": "reprocess/_comparison.html",
        "periods": "reprocess/_periods.html",
        "events": "reprocess/_events.html",
    }


class ChangeTask(generic.View):
    """``POST action=pause`` and the like; redirects to ``next``."""

    def post(self, request, task_id: int):
        action = offers.ACTIONS.get(request.POST.get("action", ""))
        if action is None:
            return http.HttpResponseBadRequest(
                "action is none of " + ", ".join(offers.ACTIONS)
            )
        reason = request.POST.get("reason", "").strip()
        try:
            task = client.Client(request).change_task(
                task_id, action.target, reason
            )
        except client.RatingError as error:
            base.raise_as_horizon(error)
            messages.error(request, error.message)
        else:
            state = rows.STATES.get(task["state"], task["state"])
            messages.success(
                request,
                _("New state of task %(id)s: %(state)s.")
                % {"id": task_id, "state": state},
            )
        return shortcuts.redirect(actions.next_url(request))
