"""Checklist 6: pipelines, and the move from stage to stage."""

from typing import Any

import pytest

from plugins.kylas_crm.simulator.seed_data import (
    B_DEAL_WON,
    DEAL_LOST,
    DEAL_NEGOTIATION,
    DEAL_OPEN,
    DEAL_PIPELINE,
    DEAL_PROPOSAL,
    DEAL_UNQUALIFIED,
    DEAL_WON,
    INR,
    LEAD_LOST,
    LEAD_PIPELINE,
    LEAD_WON,
    OLD_PIPELINE,
    TENDER_LOST,
    TENDER_PIPELINE,
    TENDER_PRICE,
    TENDER_TECHNICAL,
    TENDER_WON,
)
from plugins.kylas_crm.tests.simulator.calls import Crm

SOLAR, COLD_STORAGE, TENDER = 4485, 4488, 4492
ARJUN, FERNANDES = 3102, 3110
PLAIN: dict[str, Any] = {"reasonForClosing": None, "actualValue": None}


def activate(crm: Crm, kind: str, id: int, stage: int, body: Any = None) -> Any:
    path = f"/v1/{kind}s/{id}/pipeline-stages/{stage}/activate"
    return crm.call("POST", path, PLAIN if body is None else body)


def states(answered: Any) -> dict[int, str]:
    return {stage["id"]: stage["status"] for stage in answered.json()["stages"]}


def test_checklist_06_pipelines_search_mixes_leads_and_deals(crm: Crm) -> None:
    page = crm.post("/v1/pipelines/search?size=100", {"fields": ["name"], "jsonRule": None})
    assert {row["id"]: row["entityType"] for row in page["content"]} == {
        DEAL_PIPELINE: "DEAL",
        TENDER_PIPELINE: "DEAL",
        OLD_PIPELINE: "DEAL",
        LEAD_PIPELINE: "LEAD",
    }
    rule = {"field": "active", "operator": "equal", "type": "boolean", "value": True}
    active = crm.post("/v1/pipelines/search", {"jsonRule": {"rules": [rule]}})
    assert OLD_PIPELINE not in {row["id"] for row in active["content"]}


def test_checklist_06_pipelines_lookup(crm: Crm) -> None:
    found = crm.get("/v1/pipelines/lookup?entityType=DEAL&q=name:")
    assert [row["id"] for row in found["content"]] == [DEAL_PIPELINE, TENDER_PIPELINE]


def test_checklist_06_pipelines_by_id(crm: Crm) -> None:
    pipeline = crm.get(f"/v1/pipelines/{DEAL_PIPELINE}")
    assert pipeline["sequentialStageFlow"] is False
    assert pipeline["lostReasons"] == ["No follow-up", "Not interested", "Price too high"]
    assert [stage["forecastingType"] for stage in pipeline["stages"]] == [
        *["OPEN"] * 3,
        "CLOSED_WON",
        "CLOSED_UNQUALIFIED",
        "CLOSED_LOST",
    ]
    assert [stage["position"] for stage in pipeline["stages"]] == [1, 2, 3, 4, 5, 6]
    assert crm.get(f"/v1/pipelines/{TENDER_PIPELINE}")["sequentialStageFlow"] is True


def test_checklist_06_pipelines_summary_is_an_array(crm: Crm) -> None:
    rule = {"operator": "in", "id": "id", "field": "id", "type": "long", "value": [LEAD_PIPELINE]}
    found = crm.post("/v1/pipelines/summary", {"jsonRule": {"condition": "AND", "rules": [rule]}})
    assert [one["id"] for one in found] == [LEAD_PIPELINE]
    assert set(found[0]["stages"][0]) == {"id", "name", "position", "forecastingType"}


def test_checklist_06_activate_wins_a_deal(crm: Crm) -> None:
    before = crm.get(f"/v1/deals/{SOLAR}")
    assert activate(crm, "deal", SOLAR, DEAL_WON).status_code == 200
    after = crm.get(f"/v1/deals/{SOLAR}")
    assert after["pipeline"]["stage"] == {"id": DEAL_WON, "name": "Won"}
    assert after["forecastingType"] == "CLOSED_WON"
    assert after["pipelineStageReason"] is None
    assert after["updatedAt"] > before["updatedAt"]
    assert before["actualClosureDate"] is None
    assert after["actualClosureDate"] > before["updatedAt"]
    assert after["products"] == before["products"], "no products key: the lines stay"
    activate(crm, "deal", SOLAR, DEAL_OPEN)
    assert crm.get(f"/v1/deals/{SOLAR}")["actualClosureDate"] is None


def test_checklist_06_activate_moves_a_lead(crm: Crm) -> None:
    assert activate(crm, "lead", ARJUN, LEAD_WON).json()["id"] == LEAD_PIPELINE
    lead = crm.get(f"/v1/leads/{ARJUN}")
    assert (lead["pipeline"]["stage"]["id"], lead["forecastingType"]) == (LEAD_WON, "CLOSED_WON")


def test_checklist_06_activate_puts_a_lead_into_its_first_pipeline(crm: Crm) -> None:
    assert activate(crm, "lead", FERNANDES, LEAD_WON).status_code == 200
    assert crm.get(f"/v1/leads/{FERNANDES}")["pipeline"]["id"] == LEAD_PIPELINE


@pytest.mark.parametrize(
    ("kind", "id", "stage", "reason"),
    [
        ("deal", SOLAR, DEAL_LOST, "Not interested"),
        ("deal", SOLAR, DEAL_UNQUALIFIED, "Wrong region"),
        ("lead", ARJUN, LEAD_LOST, "Price too high"),
    ],
)
def test_checklist_06_activate_needs_a_reason_to_close(
    crm: Crm, kind: str, id: int, stage: int, reason: str
) -> None:
    for wrong in (None, "because", reason.lower()):
        answered = activate(crm, kind, id, stage, {"reasonForClosing": wrong})
        assert answered.status_code == 400
    answered = activate(crm, kind, id, stage, {"reasonForClosing": reason, "actualValue": None})
    closed = next(one for one in answered.json()["stages"] if one["id"] == stage)
    assert (closed["status"], closed["reason"]) == ("COMPLETED", reason)
    assert crm.get(f"/v1/{kind}s/{id}")["pipelineStageReason"] == reason


def test_checklist_06_activate_obeys_a_sequential_pipeline(crm: Crm) -> None:
    for stage in (TENDER_PRICE, TENDER_WON):
        answered = activate(crm, "deal", TENDER, stage)
        assert (answered.status_code, answered.json()["code"]) == (400, "01001086")
    for stage in (TENDER_TECHNICAL, TENDER_PRICE, TENDER_WON):
        assert activate(crm, "deal", TENDER, stage).status_code == 200
    reason = {"reasonForClosing": "No follow-up"}
    assert activate(crm, "deal", TENDER, TENDER_LOST, reason).status_code == 200


def test_checklist_06_a_sequential_put_cannot_skip_either(crm: Crm) -> None:
    deal = crm.get(f"/v1/deals/{TENDER}")
    deal["pipeline"]["stage"]["id"] = TENDER_WON
    answered = crm.call("PUT", f"/v1/deals/{TENDER}", deal)
    assert (answered.status_code, answered.json()["code"]) == (400, "01001086")


@pytest.mark.parametrize(
    ("stage", "status"), [(TENDER_WON, 400), (LEAD_WON, 404), (B_DEAL_WON, 404), ("x", 404)]
)
def test_checklist_06_activate_a_stage_of_something_else(crm: Crm, stage: Any, status: int) -> None:
    assert activate(crm, "deal", SOLAR, stage).status_code == status
    assert crm.get(f"/v1/deals/{SOLAR}")["pipeline"]["stage"]["id"] == DEAL_NEGOTIATION


def test_checklist_06_activate_takes_value_and_products(crm: Crm) -> None:
    value = {"currencyId": INR, "value": 900000.0}
    activate(crm, "deal", COLD_STORAGE, DEAL_WON, {"actualValue": value, "products": None})
    assert crm.get(f"/v1/deals/{COLD_STORAGE}")["actualValue"] == value
    lines = crm.get(f"/v1/deals/{SOLAR}")["products"]
    activate(crm, "deal", SOLAR, DEAL_WON, {**PLAIN, "products": lines})
    assert crm.get(f"/v1/deals/{SOLAR}")["products"] == lines
    activate(crm, "deal", SOLAR, DEAL_OPEN, {**PLAIN, "products": None})
    assert crm.get(f"/v1/deals/{SOLAR}")["products"] is None
    wrong = activate(crm, "deal", SOLAR, DEAL_WON, {"actualValue": 5})
    assert wrong.status_code == 400


def test_checklist_7a_activate_answers_with_the_state_of_each_stage(crm: Crm) -> None:
    answered = activate(crm, "deal", COLD_STORAGE, DEAL_NEGOTIATION)
    body = answered.json()
    assert (body["id"], body["name"]) == (DEAL_PIPELINE, "Default Deal Pipeline")
    assert "forecastingType" not in body
    assert states(answered) == {
        DEAL_OPEN: "COMPLETED",
        DEAL_PROPOSAL: "SKIPPED",
        DEAL_NEGOTIATION: "IN_PROGRESS",
        DEAL_WON: "UNEXPLORED",
        DEAL_UNQUALIFIED: "UNEXPLORED",
        DEAL_LOST: "UNEXPLORED",
    }
    won = activate(crm, "deal", COLD_STORAGE, DEAL_WON)
    assert states(won)[DEAL_NEGOTIATION] == states(won)[DEAL_WON] == "COMPLETED"
    at = next(one for one in won.json()["stages"] if one["id"] == DEAL_WON)
    assert at["startedAt"] == at["completedAt"]
    back = activate(crm, "deal", COLD_STORAGE, DEAL_OPEN)
    assert states(back)[DEAL_OPEN] == "IN_PROGRESS"
    assert states(back)[DEAL_WON] == states(back)[DEAL_PROPOSAL] == "UNEXPLORED"
