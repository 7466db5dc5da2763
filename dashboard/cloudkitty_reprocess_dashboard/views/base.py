# SPDX-License-Identifier: Apache-2.0
"""What all pages have in common: errors of the API, and refreshing.

A page is a ``Page`` and, if it refreshes itself, a ``Data`` with the same
``parts``. Both get their values from one request to the rating API.
"""

import typing

from django import http
from django.core import exceptions as django_exceptions
from django.shortcuts import render
from django.template import loader
from django.utils.translation import gettext as _
from django.views import generic
from horizon import exceptions as horizon_exceptions

from cloudkitty_reprocess_dashboard import client

Context = dict[str, typing.Any]
#: Seconds between two refreshes, while something happens and otherwise.
BUSY_SECONDS = 3
IDLE_SECONDS = 20


def raise_as_horizon(error: client.RatingError) -> None:
    """Raise what Horizon has an own page for; return for other errors."""
    if error.status == 401:
        raise horizon_exceptions.NotAuthenticated() from error
    if error.status == 403:
        raise django_exceptions.PermissionDenied(error.message) from error
    if error.status == 404:
        raise http.Http404(error.message) from error


def change_fields(request) -> client.Item:
    """Return the fields of a confirmation that the API knows too."""
    fields: client.Item = {}
    if reason := request.POST.get("reason", "").strip():
        fields["reason"] = reason
    if "force" in request.POST:
        fields["force"] = True
    return fields


class Page(generic.View):
    """A page: ``GET`` renders ``template_name``.

    :cvar template_name: the template, which includes those of ``parts``.
    """

    template_name = ""

    def load(self, etag: str = "") -> Context | None:
        """Return the values of the template: one request to the API.

        :param etag: of the values that the browser has.
        :returns: with ``etag`` and ``busy``; None if nothing has changed.
        :raises client.RatingError: if the API refuses.
        """
        raise NotImplementedError

    def get(self, request, *_arguments, **_keywords):
        try:
            context = self.load()
        except client.RatingError as error:
            return self.failed(error)
        return render(request, self.template_name, context)

    def failed(self, error: client.RatingError) -> http.HttpResponse:
        """Return the page of an error; some are raised for Horizon."""
        raise_as_horizon(error)
        return render(
            self.request,
            "reprocess/unavailable.html",
            {"message": error.message, "page_title": _("Reprocessing")},
            status=503,
        )


class Data(generic.View):
    """The parts of a page that change, as JSON for the script.

    :cvar parts: name of the part in the page to its template.
    """

    parts: typing.ClassVar[dict[str, str]] = {}

    def get(self, request, *_arguments, **_keywords):
        try:
            context = self.load(request.headers.get("If-None-Match", ""))
        except client.RatingError as error:
            if error.status == 401:
                raise horizon_exceptions.NotAuthenticated() from error
            return http.JsonResponse(
                {"error": error.message}, status=error.status
            )
        if context is None:
            return http.HttpResponse(status=304)
        return self._respond(context)

    def _respond(self, context: Context) -> http.JsonResponse:
        answer = http.JsonResponse(
            {
                "seconds": BUSY_SECONDS if context["busy"] else IDLE_SECONDS,
                "parts": {
                    name: loader.render_to_string(
                        template, context, self.request
                    )
                    for name, template in self.parts.items()
                },
            }
        )
        answer["Cache-Control"] = "private, no-store"
        if context["etag"]:
            answer["ETag"] = context["etag"]
        return answer
