# SPDX-License-Identifier: Apache-2.0
"""The script of mod_wsgi: see cloudkitty.conf in the same directory."""

from cloudkitty.wsgi.api import application

__all__ = ["application"]
