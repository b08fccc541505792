"""Who may pay for a lead or a deal."""

from core.api.errors import NotSent, Rejected
from core.api.records import Contact
from plugins.kylas_crm import mapping
from plugins.kylas_crm.client import KylasClient
from plugins.kylas_crm.values import Json


def of(client: KylasClient, kind: str, raw: Json) -> tuple[Contact, ...]:
    """A lead itself. A deal has no addresses of its own: one search brings those of its contacts."""
    if kind == "lead":
        return (mapping.contact(raw),)
    named = {str(row["id"]): row.get("name") or "" for row in raw.get("associatedContacts") or []}
    if not named:
        return ()
    rule = {"operator": "in", "id": "id", "field": "id", "type": "double", "value": ",".join(named)}
    try:
        rows = client.pages(
            "POST",
            "/v1/search/contact",
            permission="Contact: read",
            body={
                "fields": ["id", "firstName", "lastName", "emails", "phoneNumbers"],
                "jsonRule": {"condition": "AND", "valid": True, "rules": [rule]},
            },
        )
        found = {str(row["id"]): mapping.contact(row) for row in rows}
    except (NotSent, Rejected):
        found = {}  # a hint for the form: without it the names are still there
    return tuple(found.get(id) or Contact(name) for id, name in named.items())
