"""Roles, and what each may do."""

from enum import StrEnum


class Permission(StrEnum):
    """What a page or a service asks for: ``<what>:<deed>``."""

    LINKS_CREATE = "links:create"
    LINKS_READ = "links:read"
    LINKS_READ_ALL = "links:read_all"
    ACCOUNTS_MANAGE = "accounts:manage"
    CRM_MANAGE = "crm:manage"
    RULES_MANAGE = "rules:manage"
    PLUGINS_READ = "plugins:read"
    PLUGINS_SWITCH = "plugins:switch"
    DELIVERIES_MANAGE = "deliveries:manage"
    MEMBERS_MANAGE = "members:manage"

    @property
    def words(self) -> str:
        """What it allows, as the team's page says it."""
        return _WORDS[self]


class Role(StrEnum):
    """What a member is in the workspace."""

    OWNER = "owner"
    ADMIN = "admin"
    MANAGER = "manager"
    REP = "rep"
    VIEWER = "viewer"

    @property
    def words(self) -> str:
        """The role as a person reads it."""
        return self.value.capitalize()


_WORDS = {
    Permission.LINKS_CREATE: "Make and deactivate payment links",
    Permission.LINKS_READ: "See the payment links they made",
    Permission.LINKS_READ_ALL: "See everybody's payment links and records",
    Permission.RULES_MANAGE: "Change what follows a payment, and retry it",
    Permission.DELIVERIES_MANAGE: "See webhook deliveries and process them again",
    Permission.ACCOUNTS_MANAGE: "Connect payment accounts",
    Permission.CRM_MANAGE: "Connect the CRM",
    Permission.MEMBERS_MANAGE: "Invite people, change their roles, deactivate them",
    Permission.PLUGINS_READ: "See plugins and what they answered",
    Permission.PLUGINS_SWITCH: "Switch plugins on and off",
}

_LINKS = frozenset({Permission.LINKS_CREATE, Permission.LINKS_READ})

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(Permission),
    Role.ADMIN: frozenset(Permission),
    # Whoever answers for "paid, and still open here" sees what the provider reported and has it
    # looked at again. That shows no key and can only bring the ledger up to date.
    Role.MANAGER: _LINKS
    | {Permission.LINKS_READ_ALL, Permission.RULES_MANAGE, Permission.DELIVERIES_MANAGE},
    Role.REP: _LINKS,
    Role.VIEWER: frozenset({Permission.LINKS_READ, Permission.LINKS_READ_ALL}),
}
