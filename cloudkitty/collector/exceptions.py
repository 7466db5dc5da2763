# SPDX-License-Identifier: Apache-2.0
"""Import path of CloudKitty 25: the error of collectors."""

from cloudkitty.collector import base

CollectError = base.CollectError
