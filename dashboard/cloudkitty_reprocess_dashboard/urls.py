# SPDX-License-Identifier: Apache-2.0
"""Addresses of the panel, below ``/admin/reprocesses/``."""

from django.urls import path
from django.urls import re_path

from cloudkitty_reprocess_dashboard.views import actions
from cloudkitty_reprocess_dashboard.views import approval
from cloudkitty_reprocess_dashboard.views import health
from cloudkitty_reprocess_dashboard.views import new_order
from cloudkitty_reprocess_dashboard.views import order
from cloudkitty_reprocess_dashboard.views import orders
from cloudkitty_reprocess_dashboard.views import prices
from cloudkitty_reprocess_dashboard.views import task

urlpatterns = [
    path("", orders.OrdersView.as_view(), name="index"),
    path("data", orders.OrdersData.as_view(), name="index_data"),
    path("health", health.HealthView.as_view(), name="health"),
    path("health/data", health.HealthData.as_view(), name="health_data"),
    path("new", new_order.NewOrderView.as_view(), name="new_order"),
    path(
        "new/window", new_order.WindowData.as_view(), name="new_order_window"
    ),
    path("orders/<str:batch_id>/", order.OrderView.as_view(), name="order"),
    path(
        "orders/<str:batch_id>/data",
        order.OrderData.as_view(),
        name="order_data",
    ),
    path(
        "orders/<str:batch_id>/as-shown",
        order.OrderAsShown.as_view(),
        name="order_as_shown",
    ),
    path(
        "orders/<str:batch_id>/preview",
        approval.Preview.as_view(),
        name="order_preview",
    ),
    path(
        "orders/<str:batch_id>/approve/<str:preview_id>",
        approval.Approve.as_view(),
        name="approve",
    ),
    path(
        "orders/<str:ident>/change",
        actions.ChangeOrder.as_view(),
        name="change_order",
    ),
    path("prices/", prices.PricesView.as_view(), name="prices"),
    re_path(
        r"^prices/(?P<kind>mapping|threshold)/(?P<rule_id>[^/]+)/$",
        prices.PriceView.as_view(),
        name="price",
    ),
    path("tasks/<int:task_id>/", task.TaskView.as_view(), name="task"),
    path(
        "tasks/<int:task_id>/data", task.TaskData.as_view(), name="task_data"
    ),
    path(
        "tasks/<int:ident>/change",
        actions.ChangeTask.as_view(),
        name="change_task",
    ),
]
