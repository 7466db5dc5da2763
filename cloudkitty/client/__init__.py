# SPDX-License-Identifier: Apache-2.0
"""Commands of tasks for ``openstack rating``; needs the extra ``client``."""
