"""Roles, and what each may do."""

from enum import StrEnum

from core.api.text import N_, show


class Permission(StrEnum):
    """What a page or a service asks for: ``<what>:<deed>``."""

    LINKS_CREATE = "links:create"
    LINKS_READ = "links:read"
    LINKS_READ_ALL = "links:read_all"
    LINKS_HAND_OVER = "links:hand_over"
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
        return show(_WORDS[self])


class Role(StrEnum):
    """What a member is in the workspace."""

    OWNER = "owner"
    ADMIN = "admin"
    MANAGER = "manager"
    REP = "rep"
    VIEWER = "viewer"

    @property
    def label(self) -> str:
        """The role in English, as it goes through ``show``."""
        return _NAMES[self]

    @property
    def words(self) -> str:
        """The role as a person reads it."""
        return show(self.label)

    @property
    def noun(self) -> str:
        """The role in the middle of a sentence."""
        return show(_NOUNS[self])


_NAMES = {
    Role.OWNER: N_("Owner"),
    Role.ADMIN: N_("Admin"),
    Role.MANAGER: N_("Manager"),
    Role.REP: N_("Rep"),
    Role.VIEWER: N_("Viewer"),
}

_NOUNS = {
    Role.OWNER: N_("owner"),
    Role.ADMIN: N_("admin"),
    Role.MANAGER: N_("manager"),
    Role.REP: N_("rep"),
    Role.VIEWER: N_("viewer"),
}

_WORDS = {
    Permission.LINKS_CREATE: N_("Make and deactivate payment links"),
    Permission.LINKS_READ: N_("See the payment links they look after"),
    Permission.LINKS_READ_ALL: N_("See everybody's payment links and records"),
    Permission.LINKS_HAND_OVER: N_("Hand payment links over to somebody else"),
    Permission.RULES_MANAGE: N_("Change what follows a payment, and retry it"),
    Permission.DELIVERIES_MANAGE: N_("See webhook deliveries and process them again"),
    Permission.ACCOUNTS_MANAGE: N_("Connect payment accounts"),
    Permission.CRM_MANAGE: N_("Connect the CRM"),
    Permission.MEMBERS_MANAGE: N_("Invite people, change their roles, deactivate them"),
    Permission.PLUGINS_READ: N_("See plugins and what they answered"),
    Permission.PLUGINS_SWITCH: N_("Switch plugins on and off"),
}

_LINKS = frozenset({Permission.LINKS_CREATE, Permission.LINKS_READ})

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(Permission),
    Role.ADMIN: frozenset(Permission),
    # Whoever answers for "paid, and still open here" sees what the provider reported and has it
    # looked at again. That shows no key and can only bring the ledger up to date.
    Role.MANAGER: _LINKS
    | {Permission.LINKS_READ_ALL, Permission.LINKS_HAND_OVER}
    | {Permission.RULES_MANAGE, Permission.DELIVERIES_MANAGE},
    Role.REP: _LINKS,
    Role.VIEWER: frozenset({Permission.LINKS_READ, Permission.LINKS_READ_ALL}),
}
