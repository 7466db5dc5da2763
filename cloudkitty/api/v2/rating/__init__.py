# SPDX-License-Identifier: Apache-2.0
"""``/v2/rating``: the rating modules."""

from cloudkitty.api.v2 import base
from cloudkitty.api.v2.rating import controllers

MODULE = base.Module(controller=lambda services: controllers.Rating())
