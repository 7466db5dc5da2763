# SPDX-License-Identifier: Apache-2.0
"""Buttons that change one task."""

import dataclasses

from django.utils.translation import gettext as _

from cloudkitty_reprocess_dashboard import offers


def make(task_id: int, state: str) -> list[offers.Offer]:
    """Return the buttons that have an effect on a task in a state."""
    texts = {
        "pause": (_("Pause"), _("Pause task %s?")),
        "resume": (_("Resume"), _("Resume task %s?")),
        "retry": (_("Retry"), _("Retry task %s?")),
        "cancel": (_("Cancel"), _("Cancel task %s?")),
    }
    made = []
    for offer in offers.make({state: 1}):
        label, title = texts[offer.name]
        made.append(
            dataclasses.replace(
                offer,
                label=label,
                title=title % task_id,
                confirm=_("%s task") % label,
            )
        )
    return made
