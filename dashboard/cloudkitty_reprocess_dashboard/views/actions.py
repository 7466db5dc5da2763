# SPDX-License-Identifier: Apache-2.0
"""Changes of all tasks of an order."""

from django import http
from django import shortcuts
from django.contrib import messages
from django.urls import reverse
from django.utils import http as django_http
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views import generic

from cloudkitty_reprocess_dashboard import client
from cloudkitty_reprocess_dashboard import offers
from cloudkitty_reprocess_dashboard.views import base


class ChangeOrder(generic.View):
    """``POST action=pause`` and the like; redirects to ``next``."""

    def post(self, request, batch_id: str):
        action = offers.ACTIONS.get(request.POST.get("action", ""))
        if action is None:
            return http.HttpResponseBadRequest(
                "action is none of " + ", ".join(offers.ACTIONS)
            )
        filters = {"batch_id": [batch_id], "state": list(action.states)}
        reason = request.POST.get("reason", "").strip()
        try:
            result = client.Client(request).change(
                action.target, filters, reason
            )
        except client.RatingError as error:
            base.raise_as_horizon(error)
            messages.error(request, error.message)
        else:
            _report(request, action, result)
        return shortcuts.redirect(next_url(request))


def next_url(request) -> str:
    """Return the page to go back to: one of this Horizon."""
    url = request.POST.get("next", "")
    if django_http.url_has_allowed_host_and_scheme(url, allowed_hosts=None):
        return url
    return reverse("horizon:admin:reprocesses:index")


def _report(request, action: offers.Action, result: client.Item) -> None:
    changed = result["changed"]
    text = {
        "pause": ngettext("%d task paused.", "%d tasks paused.", changed),
        "resume": ngettext("%d task resumed.", "%d tasks resumed.", changed),
        "retry": ngettext(
            "%d task is tried again.", "%d tasks are tried again.", changed
        ),
        "cancel": ngettext(
            "%d task cancelled.", "%d tasks cancelled.", changed
        ),
    }[action.name]
    if changed:
        messages.success(request, text % changed)
    elif not result["refused_total"]:
        messages.info(
            request, _("No task was changed: none has a fitting state now.")
        )
    for refused in result["refused"][:5]:
        messages.error(
            request,
            _("Task %(id)s was not changed: %(why)s")
            % {"id": refused["id"], "why": refused["why"]},
        )
