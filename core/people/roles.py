"""Roles, and what each may do."""

from enum import StrEnum


class Permission(StrEnum):
    """What a page or a service asks for: ``<what>:<deed>``."""

    LINKS_CREATE = "links:create"
    LINKS_READ = "links:read"
    ACCOUNTS_MANAGE = "accounts:manage"
    CRM_MANAGE = "crm:manage"
    RULES_MANAGE = "rules:manage"
    PLUGINS_READ = "plugins:read"
    PLUGINS_SWITCH = "plugins:switch"
    DELIVERIES_MANAGE = "deliveries:manage"


class Role(StrEnum):
    """What a member is in the workspace."""

    OWNER = "owner"
    ADMIN = "admin"
    MANAGER = "manager"
    REP = "rep"
    VIEWER = "viewer"


_LINKS = frozenset({Permission.LINKS_CREATE, Permission.LINKS_READ})

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(Permission),
    Role.ADMIN: frozenset(Permission),
    # Whoever answers for "paid, and still open here" sees what the provider reported and has it
    # looked at again. That shows no key and can only bring the ledger up to date.
    Role.MANAGER: _LINKS | {Permission.RULES_MANAGE, Permission.DELIVERIES_MANAGE},
    Role.REP: _LINKS,
    Role.VIEWER: frozenset({Permission.LINKS_READ}),
}
