# SPDX-License-Identifier: Apache-2.0
"""The landing page: all orders, newest first."""

import typing

from django.urls import reverse
from django.utils.translation import gettext as _

from cloudkitty_reprocess_dashboard import client
from cloudkitty_reprocess_dashboard import names
from cloudkitty_reprocess_dashboard import policies
from cloudkitty_reprocess_dashboard import rows
from cloudkitty_reprocess_dashboard.views import base

#: Orders of a page.
PAGE = 20


class _Orders:
    """Loads a page of orders."""

    request: typing.Any

    def load(self, etag: str = "") -> base.Context | None:
        query = [("limit", str(PAGE)), ("offset", "0")]
        answer = client.Client(self.request).batches(query, etag)
        if answer is None:
            return None
        items = answer.body["batches"]
        projects = names.of_projects(self.request)
        users = names.of_users(
            self.request, [item["created_by"] for item in items]
        )
        orders = [rows.Order(item, projects, users) for item in items]
        overview = answer.body.get("overview")
        return {
            "page_title": _("Reprocessing"),
            "orders": orders,
            "total": answer.body["total"],
            "overview": overview,
            "can_change": policies.allowed(self.request, policies.UPDATE_MANY),
            "etag": answer.etag,
            "busy": any(order.busy for order in orders),
            "data_url": reverse("horizon:admin:reprocesses:index_data"),
        }


class OrdersView(_Orders, base.Page):
    """The page."""

    template_name = "reprocess/orders.html"


class OrdersData(_Orders, base.Data):
    """Its parts."""

    parts: typing.ClassVar = {
        "summary": "reprocess/_summary.html",
        "orders": "reprocess/_orders.html",
    }
