# SPDX-License-Identifier: Apache-2.0
"""``/v1/rating/module_config/hashmap``: the rules of hashmap.

Who may see any of it is asked before what is here is found; the frame does
that for all that is below ``module_config``.
"""

from cloudkitty.api.v1.hashmap import root
from cloudkitty.api.v2 import base

MODULE = base.Module(controller=lambda services: root.Hashmap())
