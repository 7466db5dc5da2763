# SPDX-License-Identifier: Apache-2.0
"""Addresses of the panel, below ``/admin/reprocesses/``."""

from django.urls import path

from cloudkitty_reprocess_dashboard.views import actions
from cloudkitty_reprocess_dashboard.views import orders

urlpatterns = [
    path("", orders.OrdersView.as_view(), name="index"),
    path("data", orders.OrdersData.as_view(), name="index_data"),
    path(
        "orders/<str:batch_id>/change",
        actions.ChangeOrder.as_view(),
        name="change_order",
    ),
]
