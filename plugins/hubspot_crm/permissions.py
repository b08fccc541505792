"""The scopes that the app needs in HubSpot, and which of them a token turns out to lack."""

from collections.abc import Collection

from core.api.records import Permission
from core.api.text import N_

PERMISSIONS = (
    Permission(
        "crm.objects.deals",
        (N_("read"), N_("write")),
        N_(
            "Show the deal and its pipeline; move its stage, set properties and the owner after a "
            "payment."
        ),
    ),
    Permission(
        "crm.objects.contacts",
        (N_("read"), N_("write")),
        N_("Find who will pay; notes and tasks, for which HubSpot has no scope of their own."),
    ),
    Permission(
        "crm.objects.owners",
        (N_("read"),),
        N_("Name the owner of a record and match your team with HubSpot users."),
    ),
)


#: What the app is registered with and asks for.
SCOPES = tuple(f"{one.name}.{action}" for one in PERMISSIONS for action in one.actions)


def missing(scopes: Collection[str]) -> tuple[str, ...]:
    """The scopes of ``PERMISSIONS`` that a token doesn't have: ``crm.objects.deals.write``."""
    return tuple(
        scope
        for permission in PERMISSIONS
        for action in permission.actions
        if (scope := f"{permission.name}.{action}") not in scopes
    )
