# SPDX-License-Identifier: Apache-2.0
"""Import path of CloudKitty 25: exists so that packages can be imported.

Upstream has no entry point for resources of its API, so no package can add
one. A resource of this service is a ``cloudkitty.api.v2.base.Module``.
"""
