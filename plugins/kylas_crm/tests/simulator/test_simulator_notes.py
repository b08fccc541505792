"""Checklist 7: notes."""

from typing import Any

import pytest

from plugins.kylas_crm.simulator.seed_data import ASHA, RAVI, TENANT_A
from plugins.kylas_crm.tests.simulator.calls import Crm

SOLAR, FIT_OUT, KAVITA = 4485, 4486, 3101


def note(text: Any, id: int | str = SOLAR, kind: str = "DEAL") -> dict[str, Any]:
    return {
        "sourceEntity": {"description": text},
        "targetEntityId": id,
        "targetEntityType": kind,
    }


def listing(crm: Crm, id: int = SOLAR, size: int = 100, page: int = 0) -> dict[str, Any]:
    query = f"page={page}&size={size}&targetEntityId={id}&targetEntityType=DEAL"
    found: dict[str, Any] = crm.get(f"/v1/notes/relation?{query}&targetEntityOwnerId={ASHA}")
    return found


def test_checklist_07_notes_relation_post(crm: Crm) -> None:
    made = crm.post("/v1/notes/relation", note("<div>Paid<br/>in full</div>"))
    assert made | {"id": 0, "createdAt": "", "updatedAt": "", "recordActions": {}} == {
        "id": 0,
        "ownerId": ASHA,
        "tenantId": TENANT_A,
        "title": None,
        "description": "<div>Paid<br/>in full</div>",
        "relation": None,
        "createdAt": "",
        "updatedAt": "",
        "createdBy": ASHA,
        "updatedBy": ASHA,
        "recordActions": {},
        "metaData": None,
    }
    item = next(one for one in listing(crm)["content"] if one["id"] == made["id"])
    assert set(item) == {"id", "createdAt", "createdBy", "description"}


@pytest.mark.parametrize(("id", "kind"), [(str(SOLAR), "DEAL"), (KAVITA, "LEAD"), (6276, "CONTACT")])
def test_checklist_07_notes_relation_post_on_each_kind(crm: Crm, id: Any, kind: str) -> None:
    assert crm.post("/v1/notes/relation", note("plain text", id, kind))["id"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (note(" "), 400),
        (note(None), 400),
        ({"targetEntityId": SOLAR, "targetEntityType": "DEAL"}, 400),
        (note("x", kind="deal"), 400),
        (note("x", id=1), 404),
        (note("x", id=5485), 404),
    ],
)
def test_checklist_07_notes_relation_post_refuses(crm: Crm, body: Any, status: int) -> None:
    assert crm.call("POST", "/v1/notes/relation", body).status_code == status


def test_checklist_07_notes_need_the_permission_on_the_record(crm: Crm) -> None:
    token = crm.token_of(TENANT_A, RAVI)
    assert crm.post("/v1/notes/relation", note("mine", FIT_OUT), token=token)["createdBy"] == RAVI
    tenant = crm.simulator.tenant(TENANT_A)
    profile = tenant.get("profile", TENANT_A * 10 + 3)
    assert profile
    profile["permissions"]["deal"].remove("note")
    tenant.put("profile", profile)
    answered = crm.call("POST", "/v1/notes/relation", note("mine", FIT_OUT), token=token)
    assert (answered.status_code, answered.json()["errorCode"]) == (422, "029003")


def test_checklist_07_notes_relation_get_has_no_order(crm: Crm) -> None:
    made = [crm.post("/v1/notes/relation", note(f"n{n}"))["id"] for n in range(8)]
    pages = [listing(crm, size=4, page=number) for number in range(3)]
    assert [page["numberOfElements"] for page in pages] == [4, 4, 2]
    found = [one["id"] for page in pages for one in page["content"]]
    assert set(made) < set(found)
    assert found not in (sorted(found), sorted(found, reverse=True))
    assert made[-1] != found[0]


def test_checklist_07_notes_relation_get_needs_a_target(crm: Crm) -> None:
    assert crm.call("GET", "/v1/notes/relation?page=0").status_code == 400


def test_checklist_07_notes_search_ignores_its_filter(crm: Crm) -> None:
    rule = {"rules": [{"field": "id", "operator": "equal", "type": "long", "value": 1}]}
    page = crm.post("/v1/notes/search?size=100&sort=createdAt,desc", {"jsonRule": rule})
    assert page["totalElements"] == 4
    times = [one["createdAt"] for one in page["content"]]
    assert times == sorted(times, reverse=True)
    assert {"entityType": "LEAD", "entityId": KAVITA} in [
        relation for one in page["content"] for relation in one["relations"]
    ]


def test_checklist_07_notes_delete(crm: Crm) -> None:
    made = crm.post("/v1/notes/relation", note("to go"))["id"]
    path = f"/v1/notes/{made}?targetEntityType=DEAL&targetEntityId={SOLAR}"
    stranger = crm.token_of(TENANT_A, RAVI)
    assert crm.call("DELETE", path, token=stranger).status_code == 404
    assert crm.call("DELETE", path).status_code == 200
    assert crm.call("DELETE", path).status_code == 404
    assert made not in {one["id"] for one in listing(crm)["content"]}
