"""Checklist 5: searches, products, currencies and picklists."""

from typing import Any

import pytest

from plugins.kylas_crm.simulator.seed_data import (
    API_KEY_B,
    ASHA,
    BHD,
    DEAL_PIPELINE,
    DEAL_PROPOSAL,
    INR,
    LEAD_OPEN,
    PANEL,
    RAVI,
    TENANT_A,
)
from plugins.kylas_crm.tests.simulator.calls import Crm


def rule(field: str, operator: str, value: Any = None, type: str = "string") -> dict[str, Any]:
    return {"id": field, "field": field, "operator": operator, "type": type, "value": value}


def asking(*rules: dict[str, Any], condition: str = "AND", fields: Any = ()) -> dict[str, Any]:
    together = {"condition": condition, "valid": True, "rules": list(rules)}
    return {"fields": list(fields), "jsonRule": together}


def ids(page: dict[str, Any]) -> set[int]:
    return {row["id"] for row in page["content"]}


def test_checklist_05_search_pages_through_all(crm: Crm) -> None:
    asked = {"fields": [], "jsonRule": None}
    pages = [crm.post(f"/v1/search/deal?page={n}&size=4", asked) for n in range(3)]
    assert [page["numberOfElements"] for page in pages] == [4, 4, 2]
    assert [page["last"] for page in pages] == [False, False, True]
    assert len(set().union(*map(ids, pages))) == pages[0]["totalElements"] == 10
    assert crm.call("POST", "/v1/search/deal?page=x", asked).status_code == 400


def test_checklist_05_search_sorts(crm: Crm) -> None:
    page = crm.post("/v1/search/deal?sort=estimatedValue,asc&size=100", {"jsonRule": None})
    values = [row["estimatedValue"]["value"] for row in page["content"] if row["estimatedValue"]]
    assert values == sorted(values)
    assert page["content"][0]["estimatedValue"] is None


def test_checklist_05_search_rows_of_deals_put_the_stage_beside_the_pipeline(crm: Crm) -> None:
    asked = asking(
        rule("pipeline", "equal", DEAL_PIPELINE, "long"),
        rule("pipelineStage", "in", [DEAL_PROPOSAL], "long"),
        fields=["name", "pipeline", "pipelineStage", "ownerId"],
    )
    page = crm.post("/v1/search/deal", asked)
    assert ids(page) == {4486, 4489}
    row = next(row for row in page["content"] if row["id"] == 4486)
    assert set(row) == {"id", "name", "pipeline", "pipelineStage", "ownerId", "recordActions"}
    assert row["pipeline"] == {"id": DEAL_PIPELINE, "name": "Default Deal Pipeline"}
    assert row["pipelineStage"] == {"id": DEAL_PROPOSAL, "name": "Proposal sent"}
    assert row["ownerId"] == RAVI


def test_checklist_05_search_rows_of_leads_hold_bare_ids(crm: Crm) -> None:
    asked = asking(rule("pipelineStage", "equal", LEAD_OPEN, "long"))
    page = crm.post("/v1/search/lead", asked)
    assert {row["pipelineStage"] for row in page["content"]} == {LEAD_OPEN}
    assert "metaData" not in page["content"][0]
    asked["fields"] = ["metaData"]
    names = crm.post("/v1/search/lead", asked)["content"][0]["metaData"]["idNameStore"]
    assert names["pipelineStage"] == {str(LEAD_OPEN): "Open"}


def test_checklist_05_search_contacts_by_ids_in_one_text(crm: Crm) -> None:
    asked = asking(rule("id", "in", "6276,6277", "double"), fields=["firstName", "emails"])
    page = crm.post("/v1/search/contact", asked)
    assert ids(page) == {6276, 6277}
    assert page["content"][0]["emails"][0]["value"].endswith(".example")
    nobody = crm.post("/v1/search/contact", asking(rule("emails", "is_empty")))
    assert ids(nobody) == {6284}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (rule("lastName", "equal", "patel"), {3102}),
        (rule("emails", "contains", "charminar"), {3103}),
        (rule("companyName", "begins_with", "howrah"), {3105}),
        (rule("companyName", "is_null"), {3110}),
        (rule("requirementBudget", "greater", 720000, "double"), {3104}),
        (rule("requirementBudget", "between", [80000, 132000], "double"), {3102, 3105}),
        (rule("ownerId", "not_in", [ASHA, RAVI], "long"), {3104, 3106, 3108}),
        (rule("multi_field", "multi_field", "SURAT", "multi_field"), {3102}),
    ],
)
def test_checklist_05_search_operators(crm: Crm, asked: Any, found: set[int]) -> None:
    assert ids(crm.post("/v1/search/lead", asking(asked))) == found


def test_checklist_05_search_either_of_two_rules(crm: Crm) -> None:
    both = (rule("lastName", "equal", "Patel"), rule("lastName", "equal", "Khan"))
    assert ids(crm.post("/v1/search/lead", asking(*both, condition="OR"))) == {3102, 3103}
    assert ids(crm.post("/v1/search/lead", asking(*both))) == set()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (rule("id", "equal", "four", "long"), "Invalid Type"),
        (rule("id", "resembles", "4"), "Invalid operator resembles"),
        (rule("id", "between", [1], "long"), "Invalid value"),
        ("all", "Invalid jsonRule"),
    ],
)
def test_checklist_05_search_refuses_what_it_does_not_understand(
    crm: Crm, asked: Any, said: str
) -> None:
    answered = crm.call("POST", "/v1/search/lead", asking(asked))
    assert (answered.status_code, answered.json()["message"]) == (400, said)


def test_checklist_05_search_shows_what_the_caller_may_see(crm: Crm) -> None:
    token = crm.token_of(TENANT_A, RAVI)
    assert ids(crm.post("/v1/search/deal", {}, token=token)) == {4486, 4488, 4490, 4494}
    assert ids(crm.post("/v1/search/deal", {}, key=API_KEY_B)) == {5485, 5486, 5487}
    assert crm.post("/v1/search/contact", {}, token=token)["totalElements"] == 10


def test_checklist_05_products_search_takes_an_empty_body(crm: Crm) -> None:
    page = crm.post("/v1/products/search?size=100")
    panel = next(one for one in page["content"] if one["id"] == PANEL)
    assert panel["price"] == {"currency": {"id": INR}, "value": 14250.5}
    assert {one["isActive"] for one in page["content"]} == {True, False}
    assert crm.get(f"/v1/products/{PANEL}") == panel


def test_checklist_05_products_lookup(crm: Crm) -> None:
    assert crm.get("/v1/products/lookup?q=name:solar")["content"] == [
        {"id": PANEL, "name": "Solar panel 540 W"}
    ]
    assert crm.get("/v1/products/lookup?q=name:catalogue")["content"] == [], "inactive"


def test_checklist_05_products_create_and_deactivate(crm: Crm) -> None:
    body = {"name": "Dinar crate", "price": {"currencyId": BHD, "value": 1.234}, "isActive": True}
    made = crm.post("/v1/products", body)
    assert set(made) == {"id"}
    read = crm.get(f"/v1/products/{made['id']}")
    assert read["price"] == {"currency": {"id": BHD}, "value": 1.234}
    assert crm.call("POST", "/v1/products", body).status_code == 400, "the name is taken"
    assert crm.call("POST", "/v1/products", {"name": "No price"}).status_code == 400
    off = {**read, "isActive": False}
    assert crm.call("PUT", f"/v1/products/{made['id']}", off).json() == made
    assert crm.get(f"/v1/products/{made['id']}")["isActive"] is False


def test_checklist_05_products_need_the_permission(crm: Crm) -> None:
    token = crm.token_of(TENANT_A, RAVI)
    answered = crm.call("POST", "/v1/products", {}, token=token)
    assert (answered.status_code, answered.json()["code"]) == (403, "00902001")


def test_checklist_05_currencies(crm: Crm) -> None:
    master = {one["id"]: one["name"] for one in crm.get("/v1/currencies")}
    assert (master[400], master[INR]) == ("USD", "INR")
    assert BHD not in master
    own = {one["id"]: one["name"] for one in crm.get("/v1/forex/currencies")}
    assert own[BHD] == "BHD"
    assert crm.get(f"/v1/currencies?id={BHD}&id=400") == [
        {"id": 400, "name": "USD", "displayName": "US Dollar"},
        {"id": BHD, "name": "BHD", "displayName": "Bahraini Dinar"},
    ]
    assert BHD not in {one["id"] for one in crm.get("/v1/forex/currencies", key=API_KEY_B)}


def test_checklist_05_picklists_standard(crm: Crm) -> None:
    names = {one["name"] for one in crm.get("/v1/picklists/standard")["CURRENCY"]}
    assert {"INR", "USD", "MXP"} <= names


def test_checklist_05_search_finds_open_deals_by_stage_name(crm: Crm) -> None:
    asked = asking(rule("multi_field", "multi_field", "proposal", "multi_field"))
    found = crm.post("/v1/search/deal", asked)["content"]
    assert {row["pipelineStage"]["id"] for row in found} == {DEAL_PROPOSAL}
