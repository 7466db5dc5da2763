# SPDX-License-Identifier: Apache-2.0
"""Base rules to which other rules refer."""

from oslo_policy import policy

#: System-scoped and domain-scoped tokens are rejected: rated data belong to
#: projects.
SCOPE_TYPES = ["project"]

#: Every user with a project-scoped token.
ANYONE = ""
ADMIN = "role:admin"
CONTEXT_IS_ADMIN = "context_is_admin"
PROJECT_READER_OR_ADMIN = "rule:project_reader_or_admin"

_DEPRECATED = policy.DeprecatedRule(
    name="rule:admin_or_owner",
    check_str="is_admin:True or (role:admin and is_admin_project:True) or "
    "project_id:%(project_id)s",
    deprecated_reason="Replaced by rules that require a role in the project.",
    deprecated_since="22.0.0",
)

RULES = [
    policy.RuleDefault(
        CONTEXT_IS_ADMIN,
        ADMIN,
        "Users who can read the data of all projects.",
    ),
    policy.RuleDefault(
        "admin_or_owner",
        _DEPRECATED.check_str,
        "Any role in the project. No rule uses it any more.",
        deprecated_for_removal=True,
        deprecated_reason=_DEPRECATED.deprecated_reason,
        deprecated_since="22.0.0",
    ),
    # The service does not start with a reference to a rule that does not
    # exist; this rule also rejects any such name.
    policy.RuleDefault(
        "default", "!", "Applies to unknown rules: denies every request."
    ),
    policy.RuleDefault(
        "project_member_api",
        "role:member and project_id:%(project_id)s",
        "Role member in the project.",
        deprecated_rule=_DEPRECATED,
    ),
    policy.RuleDefault(
        "project_reader_api",
        "role:reader and project_id:%(project_id)s",
        "Role reader in the project.",
        deprecated_rule=_DEPRECATED,
    ),
    policy.RuleDefault(
        "project_member_or_admin",
        "rule:project_member_api or rule:context_is_admin",
        "Role member in the project, or an administrator.",
        deprecated_rule=_DEPRECATED,
    ),
    policy.RuleDefault(
        "project_reader_or_admin",
        "rule:project_reader_api or rule:context_is_admin",
        "Role reader in the project, or an administrator.",
        deprecated_rule=_DEPRECATED,
    ),
]
