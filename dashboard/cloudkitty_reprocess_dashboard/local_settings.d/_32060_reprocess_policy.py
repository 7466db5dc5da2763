# SPDX-License-Identifier: Apache-2.0
"""Settings for Horizon: the policy rules that the panel asks.

Horizon executes this file in its settings. The key is the panel's own, so a
policy file of cloudkitty-dashboard is not replaced. Without an entry, Horizon
shows the panel to every administrator; the API refuses the requests anyway.
"""

import os

import cloudkitty_reprocess_dashboard

_conf = os.path.join(
    os.path.dirname(cloudkitty_reprocess_dashboard.__file__), "conf"
)
POLICY_FILES["reprocess"] = os.path.join(  # noqa: F821
    _conf, "reprocess_policy.yaml"
)
DEFAULT_POLICY_FILES["reprocess"] = os.path.join(  # noqa: F821
    _conf, "default_policies", "reprocess.yaml"
)
