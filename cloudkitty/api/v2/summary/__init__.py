# SPDX-License-Identifier: Apache-2.0
"""``/v2/summary``: sums of rated data."""

from cloudkitty.api.v2 import base
from cloudkitty.api.v2.summary import controllers

MODULE = base.Module(controller=lambda services: controllers.Summary())
