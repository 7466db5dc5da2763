# SPDX-License-Identifier: Apache-2.0
"""``/v2/scope``: what is billed, and how far it is rated."""

from cloudkitty.api.v2 import base
from cloudkitty.api.v2.scope import controllers

MODULE = base.Module(controller=lambda services: controllers.Scopes())
