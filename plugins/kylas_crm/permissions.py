"""What the app asks of Kylas at install, and what a user turns out to lack."""

from typing import Any

from core.api.records import Permission
from core.api.text import N_

_FULL = (N_("read"), N_("read all"), N_("update"), N_("update all"), N_("note"))
_READ = (N_("read"), N_("read all"))

PERMISSIONS = (
    Permission(
        N_("Deal"),
        _FULL,
        N_("Show the deal, move its stage or set a field after a payment, write notes."),
    ),
    Permission(
        N_("Lead"),
        _FULL,
        N_("Show the lead, move its stage, set a field or its owner, write notes on it."),
    ),
    Permission(
        N_("Products and services"), _READ, N_("Send a deal's products back when its stage moves.")
    ),
    Permission(
        N_("Contact"), _READ, N_("Find the e-mail address of the person who will pay for a deal.")
    ),
    Permission(N_("Company"), _READ, N_("Name the company that a deal belongs to.")),
    Permission(
        N_("User"), _READ, N_("Name the owner of a record and match your team with Kylas users.")
    ),
    Permission(N_("Pipeline"), _READ, N_("Offer the stages that a payment can move a record to.")),
    Permission(N_("Search list"), (N_("read"),), N_("Look up the contacts of a deal in one call.")),
    Permission(
        N_("Note"), (*_READ, N_("write")), N_("Write notes about links and payments, never twice.")
    ),
)

# The words of /v1/users/me where they differ from the name above.
_KYLAS_NAMES = {"Products and services": "products-services", "Search list": "searchList"}


def missing(me: dict[str, Any]) -> tuple[str, ...]:
    """``Deal: update`` and so on, as far as the answer of /v1/users/me says that we may not.

    A permission that Kylas doesn't mention counts as given: the list is null for many users.
    """
    granted = {entry.get("name"): entry.get("action") or {} for entry in me.get("permissions") or []}
    return tuple(
        f"{permission.name}: {action}"
        for permission in PERMISSIONS
        for action in permission.actions
        if granted.get(_kylas_name(permission), {}).get(_camel(action)) is False
    )


def _kylas_name(permission: Permission) -> str:
    return _KYLAS_NAMES.get(permission.name, permission.name.lower())


def _camel(action: str) -> str:
    first, *rest = action.split()
    return first + "".join(word.capitalize() for word in rest)
