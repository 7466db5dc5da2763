# SPDX-License-Identifier: Apache-2.0
"""Settings of the API reference's build."""

from importlib import metadata

project = "CloudKitty API Reference"
author = "The CloudKitty reprocess project"
copyright = author  # noqa: A001
release = metadata.version("cloudkitty")
version = release

extensions = ["openstackdocstheme", "os_api_ref"]
root_doc = "index"
pygments_style = "native"

html_theme = "openstackdocs"
html_theme_options = {"sidebar_mode": "toc"}
openstackdocs_auto_name = False
openstackdocs_auto_version = False
openstackdocs_bug_project = ""
