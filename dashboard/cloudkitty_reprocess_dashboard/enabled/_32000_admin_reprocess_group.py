# SPDX-License-Identifier: Apache-2.0
"""The panel group "Rating", for a Horizon without cloudkitty-dashboard.

The number is lower than those of cloudkitty-dashboard: its group of the same
name replaces this one before panels are added.
"""

from django.utils.translation import gettext_lazy as _

PANEL_GROUP = "rating"
PANEL_GROUP_NAME = _("Rating")
PANEL_GROUP_DASHBOARD = "admin"
