# SPDX-License-Identifier: Apache-2.0
"""``/v1/rating/module_config/pyscripts``: the operators' scripts."""

from cloudkitty.api.v1.pyscripts import controllers
from cloudkitty.api.v2 import base

MODULE = base.Module(controller=lambda services: controllers.PyScripts())
