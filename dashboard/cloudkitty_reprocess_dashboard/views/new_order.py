# SPDX-License-Identifier: Apache-2.0
"""The form of a new order or preview."""

import datetime

from django import http
from django import shortcuts
from django.contrib import messages
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views import generic

from cloudkitty_reprocess_dashboard import choices
from cloudkitty_reprocess_dashboard import client
from cloudkitty_reprocess_dashboard import names
from cloudkitty_reprocess_dashboard import order_form
from cloudkitty_reprocess_dashboard import ordering
from cloudkitty_reprocess_dashboard import policies
from cloudkitty_reprocess_dashboard import problems
from cloudkitty_reprocess_dashboard import windows
from cloudkitty_reprocess_dashboard.views import base

_MODES = ("reprocess", "preview")


class NewOrderView(base.Page):
    """``GET`` shows the form, ``POST mode=preview`` or ``reprocess`` sends it.

    One request to the API; a second one if the form must be shown again.
    """

    template_name = "reprocess/new_order.html"

    def load(self, etag: str = "") -> base.Context | None:
        offered = self._offered()
        form = order_form.initial(
            self.request.GET,
            offered,
            timezone.now(),
            timezone.get_current_timezone(),
        )
        return self._context(form, offered)

    def post(self, request):
        form = order_form.sent(request.POST)
        mode = request.POST.get("mode")
        if mode not in _MODES:
            return http.HttpResponseBadRequest("mode: preview or reprocess")
        try:
            batch_id = self._send(form, mode)
            if batch_id is None:
                context = self._context(form, self._offered())
                return render(request, self.template_name, context)
        except client.RatingError as error:
            return self.failed(error)
        messages.success(
            request,
            _("The preview was started.")
            if mode == "preview"
            else _("The order was accepted."),
        )
        return shortcuts.redirect("horizon:admin:reprocesses:order", batch_id)

    def _send(self, form: order_form.OrderForm, mode: str) -> str | None:
        """Return the id of the batch, or None and fill ``form.errors``."""
        body = form.request(mode, timezone.get_current_timezone())
        if body is None:
            return None
        key = ordering.key(self.request.POST.get("key", ""), body)
        try:
            return client.Client(self.request).create(body, key)
        except client.RatingError as error:
            if error.status not in (400, 409):
                raise
            form.errors["request"] = problems.text(self.request, error.message)
            return None

    def _offered(self) -> choices.Choices:
        return choices.load(
            client.Client(self.request), names.of_projects(self.request)
        )

    def _context(
        self, form: order_form.OrderForm, offered: choices.Choices
    ) -> base.Context:
        return {
            "page_title": _("New order"),
            "form": form,
            "offered": offered,
            "selected": set(form.scope_ids),
            "offers_force": policies.allowed(self.request, policies.FORCE),
            "zone": timezone.get_current_timezone_name(),
            "form_key": self.request.POST.get("key") or ordering.new_key(),
        }


class WindowData(generic.View):
    """The window of two local times as JSON, without a request to the API.

    ``begin``, ``end``, ``period`` and ``rated`` (Unix seconds until which the
    selected scopes are rated) are those of the form.
    """

    def get(self, request):
        zone = timezone.get_current_timezone()
        form = order_form.sent(request.GET)
        try:
            window = windows.read(form.begin, form.end, form.period, zone)
        except windows.InvalidWindow as error:
            return http.JsonResponse({"error": str(error)})
        answer = {
            "begin": windows.local(window.begin, zone),
            "end": windows.local(window.end, zone),
            "text": window.text,
            "error": "",
        }
        try:
            rated = int(request.GET.get("rated") or 0)
            if rated:
                moment = datetime.datetime.fromtimestamp(rated, datetime.UTC)
                windows.check_rated(window, moment)
        except windows.InvalidWindow as error:
            answer["error"] = str(error)
        except (ValueError, OverflowError, OSError):
            return http.HttpResponseBadRequest("rated is no time")
        return http.JsonResponse(answer)
