# SPDX-License-Identifier: Apache-2.0
"""Messages of the API in the words of the pages."""

from django.utils.translation import gettext as _

from cloudkitty_reprocess_dashboard import names
from cloudkitty_reprocess_dashboard import policies

#: Code of the API: the author of an order cannot approve it.
OWN_APPROVAL = "rating.task.own_approval"
#: Beginning of the API's message about closed periods, also of the reason why
#: one of many tasks was not changed, which has no code.
_CLOSED = "periods of this window are closed: "


def text(request, message: str) -> str:
    """Return a message of the API for the user.

    Closed periods are named by projects, with the field that permits them.
    """
    if not message.startswith(_CLOSED):
        return message
    scopes = message.removeprefix(_CLOSED).partition(". ")[0]
    for scope_id, name in names.of_projects(request).items():
        scopes = scopes.replace(scope_id, name)
    closed = _("Periods of the window are closed: %s.") % scopes
    if policies.allowed(request, policies.FORCE):
        hint = _(
            'Select a later window, or "Rate closed periods again" if their '
            "prices must change nevertheless."
        )
    else:
        hint = _(
            "Select a later window. To rate closed periods again, ask a user "
            "with the policy schedule:force_task_reprocesses."
        )
    return f"{closed} {hint}"
