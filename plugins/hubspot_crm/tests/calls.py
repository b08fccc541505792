"""What the tests of the client and of the simulator have in common."""

import json

from plugins.hubspot_crm.simulator import seed_data as seed

DEAL = f"/crm/v3/objects/deals/{seed.HARBOUR}"
NOTES = "/crm/v3/objects/notes"
AT = "2026-11-27T09:30:00Z"


def read(client):
    return client.read("GET", DEAL, scope="crm.objects.deals.read")


def write(client):
    body = {"properties": {"dealname": "Film"}}
    return client.write("PATCH", DEAL, body, scope="crm.objects.deals.write")


def refusal(answered):
    """Status and category of an error, whose shape is looked at."""
    status, body = answered
    assert body["status"] == "error"
    assert len(body["correlationId"]) == 36
    assert body["message"]
    return status, body.get("category")


def invalid(answered):
    """The word for what is wrong with a property, out of the JSON in the message."""
    assert refusal(answered) == (400, "VALIDATION_ERROR")
    _, _, details = answered[1]["message"].partition("Property values were not valid: ")
    return json.loads(details)[0]["error"]


def note(to=seed.HARBOUR, type=214, category="HUBSPOT_DEFINED", **properties):
    types = [{"associationCategory": category, "associationTypeId": type}]
    values = {"hs_note_body": "Paid", "hs_timestamp": AT} | properties
    return {"properties": values, "associations": [{"to": {"id": to}, "types": types}]}
