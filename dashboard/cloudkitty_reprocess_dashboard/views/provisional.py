# SPDX-License-Identifier: Apache-2.0
"""Windows of a project whose rating is changing, and the banner of them."""

import typing

from django import http
from django.template import loader
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views import generic

from cloudkitty_reprocess_dashboard import client
from cloudkitty_reprocess_dashboard import provisional
from cloudkitty_reprocess_dashboard.views import base


class _Provisional:
    """Loads the windows."""

    request: typing.Any

    def load(self, etag: str = "") -> base.Context | None:
        windows = _windows(self.request)
        return {
            "page_title": _("Rating in progress"),
            "windows": windows,
            "data_url": reverse("horizon:project:provisional:index_data"),
            "etag": "",
            "busy": False,
        }


class ProvisionalView(_Provisional, base.Page):
    """The page."""

    template_name = "reprocess/provisional.html"


class ProvisionalData(_Provisional, base.Data):
    """Its parts."""

    parts: typing.ClassVar = {"windows": "reprocess/_provisional.html"}


class Banner(generic.View):
    """HTML of the banner for other pages; empty if nothing is changing.

    It is empty too if the API refuses: the page has its own message.
    """

    def get(self, request):
        try:
            windows = _windows(request)
        except client.RatingError:
            return http.HttpResponse(status=204)
        if not windows.all:
            return http.HttpResponse(status=204)
        answer = http.HttpResponse(
            loader.render_to_string(
                "reprocess/_provisional_banner.html",
                {"windows": windows},
                request,
            )
        )
        answer["Cache-Control"] = "private, no-store"
        return answer


def _windows(request) -> provisional.Windows:
    # A member may not list projects, and sees the windows of one only.
    projects = {request.user.project_id: request.user.project_name}
    return provisional.load(client.Client(request), projects)
