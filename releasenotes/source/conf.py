# SPDX-License-Identifier: Apache-2.0
"""Settings of the release notes' build."""

project = "CloudKitty Release Notes"
author = "The CloudKitty reprocess project"
copyright = author  # noqa: A001
# The notes are about all releases.
release = ""
version = ""

extensions = ["openstackdocstheme", "reno.sphinxext"]
root_doc = "index"
pygments_style = "native"

html_theme = "openstackdocs"
openstackdocs_auto_name = False
openstackdocs_auto_version = False
openstackdocs_bug_project = ""
