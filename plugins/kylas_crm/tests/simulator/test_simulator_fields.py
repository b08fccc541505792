"""Field definitions, and records that have to keep to them."""

from typing import Any

import pytest

from plugins.kylas_crm.simulator.seed_data import API_KEY_B, MEERA, TENANT_A
from plugins.kylas_crm.tests.simulator.calls import Crm

SOLAR, KAVITA = 4485, 3101


def put(crm: Crm, path: str, **changed: Any) -> Any:
    return crm.call("PUT", path, {**crm.get(path), **changed})


def test_the_fields_of_a_kind_are_a_bare_array(crm: Crm) -> None:
    fields = crm.get("/v1/entities/deal/fields?size=100")
    names = {field["name"]: field for field in fields}
    assert {"name", "ownedBy", "cfPaymentStatus"} < set(names)
    assert "companyName" not in names
    status = names["cfPaymentStatus"]
    assert (status["type"], status["standard"]) == ("PICK_LIST", False)
    assert [one["displayName"] for one in status["picklist"]["picklistValues"]][-1] == "Paid"


def test_the_fields_come_in_pages(crm: Crm) -> None:
    first, second = (crm.get(f"/v1/entities/lead/fields?size=10&page={page}") for page in (0, 1))
    assert len(first) == 10
    assert not {field["id"] for field in first} & {field["id"] for field in second}


def test_the_tenants_own_fields_alone(crm: Crm) -> None:
    fields = crm.get("/v1/entities/lead/fields?size=100&custom-only=true")
    assert {field["name"][:2] for field in fields} == {"cf"}


def test_each_tenant_has_fields_of_its_own(crm: Crm) -> None:
    ours, theirs = (crm.get("/v1/entities/deal/fields", **who) for who in ({}, {"key": API_KEY_B}))
    assert not {field["id"] for field in ours} & {field["id"] for field in theirs}


def test_no_fields_without_leave_or_of_another_kind(crm: Crm) -> None:
    assert crm.call("GET", "/v1/entities/ticket/fields").status_code == 404
    assert crm.call("GET", "/v1/entities/deal/fields", key=None).status_code == 401


@pytest.mark.parametrize(
    "values",
    [
        {"cfGone": "x"},
        {"name": "x"},
        {"cfPaymentReference": 1},
        {"cfAmountReceived": "12"},
        {"cfAmountReceived": True},
        {"cfPaidOn": "2026-11-03"},
        {"cfInvoiceSent": "true"},
        {"cfPaymentStatus": 91003},
        {"cfPaymentStatus": {"id": 91003, "name": "Due"}},
        {"cfPaymentStatus": {"id": 1, "name": "Paid"}},
    ],
)
def test_a_deal_keeps_to_its_fields(crm: Crm, values: dict[str, Any]) -> None:
    assert put(crm, f"/v1/deals/{SOLAR}", customFieldValues=values).status_code == 400
    assert crm.get(f"/v1/deals/{SOLAR}")["customFieldValues"] == {}


def test_options_are_objects_on_deals_and_bare_ids_on_leads(crm: Crm) -> None:
    paid = {"id": 91003, "name": "Paid"}
    assert put(crm, f"/v1/deals/{SOLAR}", customFieldValues={"cfPaymentStatus": paid}).status_code == 200
    assert (
        put(crm, f"/v1/leads/{KAVITA}", customFieldValues={"cfPaymentStatus": 91003}).status_code == 200
    )
    assert (
        put(crm, f"/v1/leads/{KAVITA}", customFieldValues={"cfPaymentStatus": paid}).status_code == 400
    )
    assert put(crm, f"/v1/leads/{KAVITA}", source=1).status_code == 400


def test_a_lead_is_not_given_to_somebody_who_has_left(crm: Crm) -> None:
    tenant = crm.simulator.tenant(TENANT_A)
    tenant.put("user", {**(tenant.get("user", MEERA) or {}), "active": False})
    assert crm.call("PUT", f"/v1/leads/{KAVITA}/owner", {"ownerId": MEERA}).status_code == 400
