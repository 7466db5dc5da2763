# SPDX-License-Identifier: Apache-2.0
"""The panel group "Rating" of projects, without cloudkitty-dashboard."""

from django.utils.translation import gettext_lazy as _

PANEL_GROUP = "rating"
PANEL_GROUP_NAME = _("Rating")
PANEL_GROUP_DASHBOARD = "project"
