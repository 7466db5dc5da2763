# SPDX-License-Identifier: Apache-2.0
"""The panel "Rating in Progress", and the banner of the rating pages.

Horizon adds the script to each of its pages; it acts on the project's pages
of rating only.
"""

PANEL = "provisional"
PANEL_DASHBOARD = "project"
PANEL_GROUP = "rating"
ADD_PANEL = "cloudkitty_reprocess_dashboard.project.panel.Provisional"
ADD_JS_FILES = ["reprocess/banner.js"]
