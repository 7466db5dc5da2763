# SPDX-License-Identifier: Apache-2.0
"""``/v2/scope``: the scopes and their state."""

from cloudkitty.api.v2 import base
from cloudkitty.api.v2.scope import controllers

MODULE = base.Module(controller=lambda services: controllers.Scopes())
