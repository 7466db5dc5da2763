# SPDX-License-Identifier: Apache-2.0
"""Addresses of the panel, below ``/project/provisional/``."""

from django.urls import path

from cloudkitty_reprocess_dashboard.views import provisional

urlpatterns = [
    path("", provisional.ProvisionalView.as_view(), name="index"),
    path("data", provisional.ProvisionalData.as_view(), name="index_data"),
    path("banner", provisional.Banner.as_view(), name="banner"),
]
