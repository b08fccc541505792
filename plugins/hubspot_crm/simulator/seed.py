"""Fill the start state from the tables."""

from core.testing.store import Doc, Store
from plugins.hubspot_crm.simulator import properties
from plugins.hubspot_crm.simulator import seed_data as data
from plugins.hubspot_crm.simulator.definitions import definition

# The start state was written on a day of its own: nothing in it changes with the time of a test.
_AT = "2026-09-14T08:00:00.000Z"


def fill(store: Store) -> None:
    """Write the start state into an empty ``store``."""
    for account in data.ACCOUNTS:
        doc: Doc = {"portalId": account.portal, "name": account.name, "currency": account.currency}
        doc |= {"others": list(account.others), "timeZone": account.timezone}
        store.put("account", account.portal, doc)
        _token(store, account.token, account.portal, (*data.READS, *data.WRITES))
    _token(store, data.READ_ONLY, data.BRIGHTWATER.portal, data.READS)
    _token(store, data.ROTATED, data.BRIGHTWATER.portal, data.READS, expired=True)
    for portal, id, user, first, last, email in data.OWNERS:
        store.put(f"{portal}/owners", id, owner_row(id, user, first, last, email))
    for portal, name, label, order, archived, stages in data.PIPELINES:
        store.put(f"{portal}/pipelines", name, _pipeline(name, label, order, archived, stages))
    for portal, person, first, last, email, phone, mobile, owned_by in data.CONTACTS:
        values = {"firstname": first, "lastname": last, "email": email, "phone": phone}
        values |= {"mobilephone": mobile, "hubspot_owner_id": str(owned_by or "")}
        store.put(f"{portal}/contacts", person, properties.new("contacts", person, values, _AT))
    for portal, deal_id, name, amount, currency, pipeline, stage, owned_by, contacts in data.DEALS:
        values = {"dealname": name, "amount": amount, "deal_currency_code": currency}
        values |= {"pipeline": pipeline, "dealstage": stage, "hubspot_owner_id": str(owned_by or "")}
        deal = properties.new("deals", deal_id, values, _AT) | {"contacts": list(contacts)}
        store.put(f"{portal}/deals", deal_id, deal)
    for portal, kind, *facts in data.PROPERTIES:
        row = definition(*facts)
        store.put(f"{portal}/properties/{kind}", row["name"], row)
    for number, (portal, kind, on, text) in enumerate(data.NOTES, 49_000_000_001):
        values = {"hs_note_body": text, "hs_timestamp": _AT}
        note = properties.new("notes", str(number), values, _AT) | {"on": [[kind, on]]}
        store.put(f"{portal}/notes", number, note)


def owner_row(id: int, user: int | None, first: str, last: str, email: str) -> Doc:
    """An owner as the API shows it; a user that was removed is known by one of its ids only."""
    queue = id in data.QUEUES
    return {
        "id": str(id),
        "email": email,
        "type": "QUEUE" if queue else "PERSON",
        "firstName": first,
        "lastName": last,
        "userId": user,
        "userIdIncludingInactive": user or data.FORMER.get(id),
        "createdAt": _AT,
        "updatedAt": _AT,
        "archived": id in data.FORMER,
    }


def _token(
    store: Store, token: str, portal: int, scopes: tuple[str, ...], *, expired: bool = False
) -> None:
    doc = {"key": token, "portal": portal, "scopes": list(scopes), "expired": expired}
    store.put("token", token, doc | {"appId": 4120077, "userId": 61500101})


def _pipeline(
    id: str,
    label: str,
    order: int,
    archived: bool,
    stages: tuple[tuple[str, str, str, bool], ...],
) -> Doc:
    """``metadata`` holds strings only, booleans too."""
    times = {"createdAt": _AT, "updatedAt": _AT}
    rows = [
        {
            "id": stage,
            "label": name,
            "displayOrder": number,
            "metadata": {"isClosed": str(closed).lower(), "probability": probability},
            "archived": False,
            "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
            **times,
        }
        for number, (stage, name, probability, closed) in enumerate(stages)
    ]
    row = {"id": id, "label": label, "displayOrder": order, "archived": archived, "stages": rows}
    return row | times
