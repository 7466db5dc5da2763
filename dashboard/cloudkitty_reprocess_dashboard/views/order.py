# SPDX-License-Identifier: Apache-2.0
"""The page of an order: its progress, prices and tasks."""

import typing

from django import http
from django import shortcuts
from django.contrib import messages
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views import generic

from cloudkitty_reprocess_dashboard import client
from cloudkitty_reprocess_dashboard import names
from cloudkitty_reprocess_dashboard import ordering
from cloudkitty_reprocess_dashboard import paging
from cloudkitty_reprocess_dashboard import policies
from cloudkitty_reprocess_dashboard import problems
from cloudkitty_reprocess_dashboard import rows
from cloudkitty_reprocess_dashboard import task_rows
from cloudkitty_reprocess_dashboard.views import base

#: Tasks of a page.
PAGE = 50


class _Order:
    """Loads an order with a page of its tasks."""

    request: typing.Any
    kwargs: typing.Any

    def load(self, etag: str = "") -> base.Context | None:
        batch_id = self.kwargs["batch_id"]
        parameters = self.request.GET
        state = parameters.get("state", "")
        offset = paging.offset(parameters)
        query = [("limit", str(PAGE)), ("offset", str(offset))]
        if state in rows.STATES:
            query.append(("state", state))
        answer = client.Client(self.request).batch(batch_id, query, etag)
        if answer is None:
            return None
        return self._context(answer, state, offset)

    def _context(
        self, answer: client.Answer, state: str, offset: int
    ) -> base.Context:
        item, parameters = answer.body, self.request.GET
        projects = names.of_projects(self.request)
        approval = item.get("approval") or {}
        users = names.of_users(
            self.request, [item["created_by"], approval.get("approved_by")]
        )
        order = rows.Order(item, projects, users)
        path = reverse("horizon:admin:reprocesses:order", args=[order.id])
        data_path = reverse(
            "horizon:admin:reprocesses:order_data", args=[order.id]
        )
        return {
            "page_title": _("Preview") if order.is_preview else _("Order"),
            "order": order,
            "metrics": task_rows.metrics(item["metrics"]),
            "tasks": [
                task_rows.Task(each, projects) for each in item["tasks"]
            ],
            "pages": paging.Pages(
                path, parameters, offset, PAGE, item["tasks_total"]
            ),
            "states": rows.STATES.items(),
            "state": state,
            "approved_by": users.get(approval.get("approved_by") or ""),
            "approved_at": rows.time(approval.get("approved_at")),
            "can_change": policies.allowed(self.request, policies.UPDATE_MANY),
            "can_create": policies.allowed(self.request, policies.CREATE),
            "can_force": policies.allowed(self.request, policies.FORCE),
            **self._approval(item),
            "back_url": paging.url(path, parameters),
            "form_key": ordering.new_key(),
            "data_url": paging.url(data_path, parameters),
            "etag": answer.etag,
            "busy": order.busy,
        }

    def _approval(self, item: client.Item) -> base.Context:
        """Return what decides whether the user can approve the order.

        The page of a preview has the id of the order that it is shown for.
        """
        allowed = policies.allowed(self.request, policies.APPROVE)
        approve_id = self.request.GET.get("approve", "")
        return {
            "is_author": item["created_by"] == self.request.user.id,
            "can_approve": allowed,
            "approve_id": approve_id if allowed else "",
        }


class OrderView(_Order, base.Page):
    """The page."""

    template_name = "reprocess/order.html"


class OrderData(_Order, base.Data):
    """Its parts."""

    parts: typing.ClassVar = {
        "order": "reprocess/_order.html",
        "metrics": "reprocess/_metrics.html",
        "tasks": "reprocess/_tasks.html",
    }


class OrderAsShown(generic.View):
    """``POST``: order what a preview has shown."""

    def post(self, request, batch_id: str):
        digest = request.POST.get("digest", "")
        reason = request.POST.get("reason", "").strip()
        if not digest:
            return http.HttpResponseBadRequest("digest is missing")
        body = {
            "reason": reason,
            "preview_batch_id": batch_id,
            "digest": digest,
            **({"force": True} if "force" in request.POST else {}),
        }
        try:
            new_id = client.Client(request).create(
                body, ordering.key(request.POST.get("key", ""), body)
            )
        except client.RatingError as error:
            base.raise_as_horizon(error)
            messages.error(request, problems.text(request, error.message))
            return shortcuts.redirect(
                "horizon:admin:reprocesses:order", batch_id
            )
        messages.success(request, _("Ordered as shown in the preview."))
        return shortcuts.redirect("horizon:admin:reprocesses:order", new_id)
