# SPDX-License-Identifier: Apache-2.0
"""The approval of an order: its preview, and the approval itself."""

from django import http
from django import shortcuts
from django.contrib import messages
from django.urls import reverse
from django.utils import http as django_http
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views import generic

from cloudkitty_reprocess_dashboard import client
from cloudkitty_reprocess_dashboard import ordering
from cloudkitty_reprocess_dashboard import previews
from cloudkitty_reprocess_dashboard import problems
from cloudkitty_reprocess_dashboard.views import base


class Preview(generic.View):
    """Leads to the page of an order's preview, which has the button Approve.

    ``GET`` finds a preview, ``POST`` creates one.
    """

    def get(self, request, batch_id: str):
        try:
            found = previews.find(client.Client(request), batch_id)
        except client.RatingError as error:
            return _refused(request, batch_id, error)
        if found is None:
            messages.info(
                request,
                _(
                    "No preview has the scopes, the window and the metrics "
                    "of this order. Create one with New preview."
                ),
            )
            return _order(batch_id)
        return _to_approve(found, batch_id)

    def post(self, request, batch_id: str):
        api = client.Client(request)
        reason = request.POST.get("reason", "").strip()
        try:
            body = previews.request(api, batch_id, reason)
            key = ordering.key(request.POST.get("key", ""), body)
            made = api.create(body, key)
        except client.RatingError as error:
            return _refused(request, batch_id, error)
        messages.success(request, _("The preview was started."))
        return _to_approve(made, batch_id)


class Approve(generic.View):
    """``POST``: approve an order whose preview the user has seen."""

    def post(self, request, batch_id: str, preview_id: str):
        digest = request.POST.get("digest", "")
        if not digest:
            return http.HttpResponseBadRequest("digest is missing")
        body = {
            "preview_batch_id": preview_id,
            "digest": digest,
            **base.change_fields(request),
        }
        try:
            approved = client.Client(request).approve(batch_id, body)
        except client.RatingError as error:
            return _refused(request, batch_id, error)
        changed = approved["changed"]
        messages.success(
            request,
            ngettext(
                "Approved: %d task is executed.",
                "Approved: %d tasks are executed.",
                changed,
            )
            % changed,
        )
        return _order(batch_id)


def _refused(request, batch_id: str, error: client.RatingError):
    """Show an error on the page of the order; some are raised for Horizon."""
    # Horizon's page for 403 has no message.
    if error.code != problems.OWN_APPROVAL:
        base.raise_as_horizon(error)
    messages.error(request, problems.text(request, error.message))
    return _order(batch_id)


def _order(batch_id: str):
    return shortcuts.redirect("horizon:admin:reprocesses:order", batch_id)


def _to_approve(preview_id: str, batch_id: str):
    page = reverse("horizon:admin:reprocesses:order", args=[preview_id])
    query = django_http.urlencode({"approve": batch_id})
    return shortcuts.redirect(f"{page}?{query}")
