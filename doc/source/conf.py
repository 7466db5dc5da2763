# SPDX-License-Identifier: Apache-2.0
"""Settings of the documentation's build."""

from importlib import metadata

project = "CloudKitty"
author = "The CloudKitty reprocess project"
# The theme adds the year and the licence of the text.
copyright = author  # noqa: A001
release = metadata.version("cloudkitty")
version = release

extensions = [
    "openstackdocstheme",
    "oslo_config.sphinxext",
    "oslo_policy.sphinxext",
]
root_doc = "index"
# The sample package of the plugin guide has pages of its own.
exclude_patterns = ["contributor/examples/**"]
pygments_style = "native"

html_theme = "openstackdocs"
html_static_path = ["_static"]
# No source host is named: the theme shows no link to one.
openstackdocs_auto_name = False
openstackdocs_auto_version = False
openstackdocs_bug_project = ""

# One manual page for each command; the title is on the page.
man_pages = [
    (f"cli/{name}", name, short, [author], 1)
    for name, short in (
        ("cloudkitty-api", "serve the API for development"),
        ("cloudkitty-dbsync", "create, upgrade, export and purge the tables"),
        ("cloudkitty-processor", "rate new periods and execute tasks"),
        ("cloudkitty-status", "check a host before an upgrade"),
        ("cloudkitty-storage-init", "prepare the storage of rated data"),
    )
]
