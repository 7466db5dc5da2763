# SPDX-License-Identifier: Apache-2.0
"""The panel "Reprocessing" of the admin dashboard."""

PANEL = "reprocesses"
PANEL_DASHBOARD = "admin"
PANEL_GROUP = "rating"
ADD_PANEL = "cloudkitty_reprocess_dashboard.panel.Reprocesses"
ADD_INSTALLED_APPS = ["cloudkitty_reprocess_dashboard"]
