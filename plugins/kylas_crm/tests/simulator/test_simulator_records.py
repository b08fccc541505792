"""Checklist 5, 7a and 10: leads, deals and contacts, and who may see them."""

import re
from typing import Any

import pytest

from plugins.kylas_crm.simulator.seed_data import (
    API_KEY_A,
    API_KEY_B,
    ASHA,
    BHD,
    DEAL_LOST,
    DEAL_NEGOTIATION,
    DEAL_PIPELINE,
    DEAL_WON,
    INR,
    LEAD_PIPELINE,
    LEAD_QUALIFIED,
    PANEL,
    RAVI,
    TENANT_A,
)
from plugins.kylas_crm.tests.simulator.calls import Crm

SOLAR, FIT_OUT, WALK_IN = 4485, 4486, 4494
KAVITA, ARJUN, FERNANDES = 3101, 3102, 3110


def money(value: float, currency: int = INR) -> dict[str, Any]:
    return {"currencyId": currency, "value": value}


def line(**changed: Any) -> dict[str, Any]:
    discount = {"type": "PERCENTAGE", "value": 10}
    start = {"id": PANEL, "name": "Solar panel 540 W", "quantity": 3, "price": money(14250.5)}
    return {**start, "discount": discount, **changed}


def test_checklist_05_leads_get(crm: Crm) -> None:
    lead = crm.get(f"/v1/leads/{KAVITA}")
    assert lead["ownerId"] == ASHA
    assert (lead["requirementCurrency"], lead["requirementBudget"]) == ("INR", 540000.0)
    assert lead["pipeline"] == {
        "id": LEAD_PIPELINE,
        "name": "Default Lead Pipeline",
        "stage": {"id": LEAD_QUALIFIED, "name": "Qualified"},
    }
    assert [set(product) for product in lead["products"]] == [{"id", "name"}]
    assert lead["metaData"]["idNameStore"]["ownerId"] == {str(ASHA): "Asha Rao"}
    assert lead["recordActions"]["note"]
    assert crm.get(f"/v1/leads/{FERNANDES}")["pipeline"] is None


def test_checklist_05_leads_tell_times_in_two_ways(crm: Crm) -> None:
    lead = crm.get(f"/v1/leads/{KAVITA}")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000", lead["createdAt"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", lead["updatedAt"])


def test_checklist_05_deals_get(crm: Crm) -> None:
    deal = crm.get(f"/v1/deals/{SOLAR}")
    assert deal["ownedBy"] == {"id": ASHA, "name": "Asha Rao"}
    assert deal["pipeline"]["stage"]["id"] == DEAL_NEGOTIATION
    assert deal["estimatedValue"] == money(80 * 14250.5 + 7500)
    assert deal["actualValue"] == money(76 * 14250.5 + 7500)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", deal["updatedAt"])
    bare = crm.get(f"/v1/deals/{WALK_IN}")
    assert bare["products"] is bare["company"] is bare["actualValue"] is None
    assert bare["associatedContacts"] == []


def test_checklist_05_leads_put_replaces_all_of_it(crm: Crm) -> None:
    lead = crm.get(f"/v1/leads/{KAVITA}")
    sent = {**lead, "companyName": "Pottery Works", "createdBy": 1}
    del sent["requirementBudget"]
    after = crm.call("PUT", f"/v1/leads/{KAVITA}", sent).json()
    assert (after["companyName"], after["requirementBudget"]) == ("Pottery Works", None)
    assert after["createdBy"] == lead["createdBy"]
    assert after["updatedAt"] > lead["updatedAt"]


def test_checklist_05_leads_put_wants_a_name_and_plain_digits(crm: Crm) -> None:
    lead = crm.get(f"/v1/leads/{KAVITA}")
    nameless = crm.call("PUT", f"/v1/leads/{KAVITA}", {**lead, "lastName": None})
    assert nameless.status_code == 400
    lead["phoneNumbers"][0]["value"] = "+919900020001"
    answered = crm.call("PUT", f"/v1/leads/{KAVITA}", lead)
    assert answered.status_code == 400
    refused = {"code": "002008", "message": "Invalid Mobile Number.", "errorDetails": []}
    assert answered.json() == refused


def test_checklist_05_leads_put_moves_the_stage(crm: Crm) -> None:
    deal = crm.get(f"/v1/deals/{SOLAR}")
    deal["pipeline"]["stage"]["id"] = DEAL_LOST
    assert crm.call("PUT", f"/v1/deals/{SOLAR}", deal).status_code == 400, "no reason given"
    deal["pipelineStageReason"] = "Not interested"
    after = crm.call("PUT", f"/v1/deals/{SOLAR}", deal).json()
    assert after["forecastingType"] == "CLOSED_LOST"
    assert after["pipelineStageReason"] == "Not interested"


def test_checklist_05_deals_put_prices_the_lines(crm: Crm) -> None:
    deal = crm.get(f"/v1/deals/{FIT_OUT}")
    deal |= {"products": [line()], "estimatedValue": money(1)}
    after = crm.call("PUT", f"/v1/deals/{FIT_OUT}", deal).json()
    assert after["estimatedValue"] == money(42751.5)
    assert after["actualValue"] == money(38476.35)
    deal["products"] = [line(discount={"type": "FLAT", "value": 1.5}, price=money(12.345, BHD))]
    after = crm.call("PUT", f"/v1/deals/{FIT_OUT}", deal).json()
    assert after["actualValue"] == money(35.535, BHD)


def test_checklist_05_leads_change_owner_and_go(crm: Crm) -> None:
    assert crm.call("PUT", f"/v1/leads/{KAVITA}/owner", {"ownerId": RAVI}).status_code == 200
    assert crm.get(f"/v1/leads/{KAVITA}")["ownerId"] == RAVI
    assert crm.call("PUT", f"/v1/leads/{KAVITA}/owner", {"ownerId": 1}).status_code == 400
    assert crm.call("DELETE", f"/v1/leads/{KAVITA}").content == b""
    assert crm.call("GET", f"/v1/leads/{KAVITA}").status_code == 404


@pytest.mark.parametrize("body", ["[]", "{", ""])
def test_checklist_05_a_body_must_be_an_object(crm: Crm, body: str) -> None:
    answered = crm.http.put(
        f"{crm.url}/v1/leads/{KAVITA}", data=body, headers={"api-key": API_KEY_A}, timeout=10
    )
    assert (answered.status_code, answered.json()["message"]) == (400, "Invalid request body.")


def test_checklist_7a_a_new_deal_is_answered_with_its_id_only(crm: Crm) -> None:
    stage = {"id": DEAL_PIPELINE, "stage": {"id": DEAL_NEGOTIATION}}
    contact = [{"id": 6276}]
    made = crm.post(
        "/v1/deals/",
        {
            "name": "Roof, phase 2",
            "estimatedValue": money(10.0),
            "pipeline": stage,
            "associatedContacts": contact,
        },
    )
    assert set(made) == {"id"}
    deal = crm.get(f"/v1/deals/{made['id']}")
    assert deal["actualValue"] == money(10.0)
    assert deal["associatedContacts"] == [{"id": 6276, "name": "Prakash Reddy"}]
    assert (deal["pipeline"]["stage"]["name"], deal["forecastingType"]) == ("Negotiation", "OPEN")
    assert (deal["createdViaType"], deal["createdViaId"]) == ("API Key", "universal-app-key")


def test_checklist_7a_a_line_without_discount_is_an_opaque_500(crm: Crm) -> None:
    product = line()
    del product["discount"]
    answered = crm.call("POST", "/v1/deals", {"name": "x", "products": [product]})
    assert answered.status_code == 500
    assert answered.json()["code"] == "01003002"


def test_checklist_7a_an_amount_must_be_money(crm: Crm) -> None:
    answered = crm.call("POST", "/v1/deals", {"name": "x", "estimatedValue": 5})
    assert answered.status_code == 400


def test_checklist_7a_contacts_and_new_leads_omit_nulls(crm: Crm) -> None:
    contact = crm.get("/v1/contacts/6284")
    assert contact["lastName"] == "Kulkarni"
    assert not {"emails", "firstName", "company"} & contact.keys()
    lead = crm.post("/v1/leads", {"lastName": "Walker"})
    assert None not in lead.values()
    assert not {"pipeline", "emails"} & lead.keys()
    assert crm.get(f"/v1/leads/{lead['id']}")["emails"] is None


FOREIGN = (
    ("GET", f"/v1/deals/{SOLAR}"),
    ("PUT", f"/v1/deals/{SOLAR}"),
    ("GET", f"/v1/leads/{KAVITA}"),
    ("DELETE", f"/v1/leads/{KAVITA}"),
    ("GET", "/v1/contacts/6276"),
    ("GET", f"/v1/pipelines/{DEAL_PIPELINE}"),
    ("GET", f"/v1/products/{PANEL}"),
    ("GET", f"/v1/users/{ASHA}"),
    ("GET", f"/v1/notes/relation?targetEntityType=DEAL&targetEntityId={SOLAR}"),
    ("DELETE", "/v1/notes/7001"),
    ("POST", f"/v1/deals/{SOLAR}/pipeline-stages/{DEAL_WON}/activate"),
    ("GET", "/v1/deals/none"),
)


@pytest.mark.parametrize(("method", "path"), FOREIGN)
def test_checklist_10_records_of_another_tenant_are_404(crm: Crm, method: str, path: str) -> None:
    answered = crm.call(method, path, {}, key=API_KEY_B)
    assert answered.status_code == 404
    assert "doesn't seem to exist" in answered.json()["message"]


def test_checklist_10_what_the_profile_hides_is_404(crm: Crm) -> None:
    token = crm.token_of(TENANT_A, RAVI)
    assert crm.call("GET", f"/v1/deals/{SOLAR}", token=token).status_code == 404
    own = crm.get(f"/v1/deals/{FIT_OUT}", token=token)
    assert own["recordActions"]["update"]
    assert not own["recordActions"]["delete"]
    assert crm.call("DELETE", f"/v1/leads/{ARJUN}", token=token).status_code == 404
    assert crm.get(f"/v1/leads/{ARJUN}", token=token)["id"] == ARJUN


def test_checklist_10_an_unknown_path_is_404(crm: Crm) -> None:
    answered = crm.call("POST", "/v1/notes", {})
    assert (answered.status_code, answered.json()) == (404, {"status": "NOT_FOUND"})
