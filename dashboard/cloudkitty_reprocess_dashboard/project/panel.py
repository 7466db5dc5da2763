# SPDX-License-Identifier: Apache-2.0
"""The panel "Rating in Progress"."""

import horizon
from django.utils.translation import gettext_lazy as _


class Provisional(horizon.Panel):
    """Windows of the user's project whose rating is changing."""

    name = _("Rating in Progress")
    slug = "provisional"
    permissions = ("openstack.services.rating",)
