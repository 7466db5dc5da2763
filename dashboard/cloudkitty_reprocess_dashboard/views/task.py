# SPDX-License-Identifier: Apache-2.0
"""The page of a task."""

import typing

from django.urls import reverse
from django.utils.translation import gettext as _

from cloudkitty_reprocess_dashboard import client
from cloudkitty_reprocess_dashboard import names
from cloudkitty_reprocess_dashboard import policies
from cloudkitty_reprocess_dashboard import task_page
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
            "can_force": policies.allowed(self.request, policies.FORCE),
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
