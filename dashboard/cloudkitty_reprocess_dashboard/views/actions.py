# SPDX-License-Identifier: Apache-2.0
"""Changes of tasks: of one, and of all of an order."""

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
from cloudkitty_reprocess_dashboard import problems
from cloudkitty_reprocess_dashboard import rows
from cloudkitty_reprocess_dashboard.views import base


class Change(generic.View):
    """``POST action=pause`` and the like; redirects to ``next``."""

    def change(self, action: offers.Action, body: client.Item, ident) -> None:
        """Send the change, and add messages about its result.

        :param body: of the request to the API.
        :param ident: of the tasks, from the path.
        :raises client.RatingError: if the API refuses.
        """
        raise NotImplementedError

    def post(self, request, ident):
        action = offers.ACTIONS.get(request.POST.get("action", ""))
        if action is None:
            return http.HttpResponseBadRequest(
                "action is none of " + ", ".join(offers.ACTIONS)
            )
        body = {"state": action.target, **base.change_fields(request)}
        try:
            self.change(action, body, ident)
        except client.RatingError as error:
            base.raise_as_horizon(error)
            messages.error(request, problems.text(request, error.message))
        return shortcuts.redirect(_next_url(request))


class ChangeOrder(Change):
    """Changes all tasks of an order."""

    def change(
        self, action: offers.Action, body: client.Item, ident: str
    ) -> None:
        filters = {"batch_id": [ident], "state": list(action.states)}
        result = client.Client(self.request).change(filters, body)
        _report(self.request, action, result)


class ChangeTask(Change):
    """Changes one task."""

    def change(
        self, action: offers.Action, body: client.Item, ident: int
    ) -> None:
        task = client.Client(self.request).change_task(ident, body)
        state = rows.STATES.get(task["state"], task["state"])
        messages.success(
            self.request,
            _("New state of task %(id)s: %(state)s.")
            % {"id": ident, "state": state},
        )


def _next_url(request) -> str:
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
            % {
                "id": refused["id"],
                "why": problems.text(request, refused["why"]),
            },
        )
