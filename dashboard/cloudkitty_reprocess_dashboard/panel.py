# SPDX-License-Identifier: Apache-2.0
"""The panel "Reprocessing"."""

import horizon
from django.utils.translation import gettext_lazy as _

from cloudkitty_reprocess_dashboard import policies


class Reprocesses(horizon.Panel):
    """Orders of reprocess tasks, for operators."""

    name = _("Reprocessing")
    slug = "reprocesses"
    permissions = ("openstack.services.rating",)
    policy_rules = (policies.GET,)
