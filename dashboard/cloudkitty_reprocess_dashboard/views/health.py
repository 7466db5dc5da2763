# SPDX-License-Identifier: Apache-2.0
"""The workers of processors: which are alive, and what they do."""

import typing

from django.urls import reverse
from django.utils.translation import gettext as _

from cloudkitty_reprocess_dashboard import client
from cloudkitty_reprocess_dashboard import names
from cloudkitty_reprocess_dashboard import worker_rows
from cloudkitty_reprocess_dashboard.views import base


class _Health:
    """Loads the workers."""

    request: typing.Any

    def load(self, etag: str = "") -> base.Context | None:
        # The API has no ETag for workers: their heartbeats change it.
        items = client.Client(self.request).workers()
        projects = names.of_projects(self.request)
        return {
            "page_title": _("Health of the processors"),
            "workers": [worker_rows.Worker(item, projects) for item in items],
            "rating_alive": worker_rows.alive(items, "rating"),
            "reprocessing_alive": worker_rows.alive(items, "reprocessing"),
            "data_url": reverse("horizon:admin:reprocesses:health_data"),
            "etag": "",
            "busy": any(item["tasks"] for item in items),
        }


class HealthView(_Health, base.Page):
    """The page."""

    template_name = "reprocess/health.html"


class HealthData(_Health, base.Data):
    """Its parts."""

    parts: typing.ClassVar = {"workers": "reprocess/_workers.html"}
