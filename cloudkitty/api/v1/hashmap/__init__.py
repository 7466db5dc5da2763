# SPDX-License-Identifier: Apache-2.0
"""``/v1/rating/module_config/hashmap``: the rules of hashmap.

``module_config`` authorises requests for all paths below it before it looks
up a resource.
"""

from cloudkitty.api.v1.hashmap import root
from cloudkitty.api.v2 import base

MODULE = base.Module(controller=lambda services: root.Hashmap())
