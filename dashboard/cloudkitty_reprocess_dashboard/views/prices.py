# SPDX-License-Identifier: Apache-2.0
"""The prices of hashmap, and the form that changes one from a time on."""

from django import http
from django import shortcuts
from django.contrib import messages
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from cloudkitty_reprocess_dashboard import client
from cloudkitty_reprocess_dashboard import names
from cloudkitty_reprocess_dashboard import policies
from cloudkitty_reprocess_dashboard import price_form
from cloudkitty_reprocess_dashboard import price_rules
from cloudkitty_reprocess_dashboard import windows
from cloudkitty_reprocess_dashboard.views import base


class PricesView(base.Page):
    """All prices."""

    template_name = "reprocess/prices.html"

    def load(self, etag: str = "") -> base.Context | None:
        return {"page_title": _("Prices"), "rules": _rules(self.request)}


class PriceView(base.Page):
    """``GET`` shows the form of one price, ``POST`` sends it."""

    template_name = "reprocess/price.html"

    def load(self, etag: str = "") -> base.Context | None:
        zone = timezone.get_current_timezone()
        midnight = timezone.localtime().replace(hour=0, minute=0)
        return self._context(
            price_form.PriceForm(start=windows.local(midnight, zone))
        )

    def post(self, request, kind: str, rule_id: str):
        form = price_form.sent(request.POST)
        start = form.moment(timezone.get_current_timezone())
        now = timezone.now()
        try:
            if start is None:
                return self._again(form)
            price_form.send(
                client.Client(request),
                kind,
                rule_id,
                form.cost,
                start,
                start < now,
            )
        except client.RatingError as error:
            if error.status not in (400, 409):
                return self.failed(error)
            form.errors.append(error.message)
            return self._again(form)
        return self._done(form, start, now)

    def _done(self, form: price_form.PriceForm, start, now):
        if start >= now:
            messages.success(
                self.request,
                _("The new price applies from the time that you selected."),
            )
            return shortcuts.redirect("horizon:admin:reprocesses:prices")
        messages.success(self.request, _("The price was changed."))
        if not policies.allowed(self.request, policies.CREATE):
            return shortcuts.redirect("horizon:admin:reprocesses:prices")
        messages.info(
            self.request,
            _(
                "Periods that are rated already keep their old price. This "
                "order rates them again: preview it first, or leave the page."
            ),
        )
        return shortcuts.redirect(
            price_form.order_url(self.request.POST, form.cost, start, now)
        )

    def _again(self, form: price_form.PriceForm):
        try:
            context = self._context(form)
        except client.RatingError as error:
            return self.failed(error)
        return render(self.request, self.template_name, context)

    def _context(self, form: price_form.PriceForm) -> base.Context:
        rule = price_rules.find(
            _rules(self.request), self.kwargs["kind"], self.kwargs["rule_id"]
        )
        if rule is None:
            raise http.Http404(_("No rule has this id."))
        return {
            "page_title": _("Change a price"),
            "rule": rule,
            "form": form,
            "is_mapping": rule.kind == price_rules.MAPPING,
            "zone": timezone.get_current_timezone_name(),
        }


def _rules(request) -> list[price_rules.Rule]:
    """Return all rules: one request."""
    return price_rules.read(
        client.Client(request).rules(), names.of_projects(request)
    )
