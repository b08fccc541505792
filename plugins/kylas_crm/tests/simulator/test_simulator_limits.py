"""Checklist 9 and 7a: the rate limit, and the faults that can be switched on."""

import pytest
import requests

from plugins.kylas_crm.simulator.seed_data import API_KEY_B, ASHA, RAVI, TENANT_A
from plugins.kylas_crm.tests.simulator.calls import Crm

PREFIX = "X-RateLimit-"


def told(answered: requests.Response) -> dict[str, int]:
    """The five headers, without their common beginning."""
    return {
        name: int(answered.headers[PREFIX + name])
        for name in (
            "Replenish-Rate",
            "Burst-Capacity",
            "Remaining",
            "Requested-Tokens",
            "Retry-After",
        )
    }


def test_checklist_09_bucket_of_a_key(crm: Crm) -> None:
    crm.clock.step = 0
    answers = [crm.call("GET", "/v1/tenants") for _ in range(21)]
    assert [one.status_code for one in answers] == [200] * 20 + [429]
    assert [told(one)["Remaining"] for one in answers] == [*range(19, -1, -1), 0]
    assert told(answers[0]) == {
        "Replenish-Rate": 5,
        "Burst-Capacity": 20,
        "Remaining": 19,
        "Requested-Tokens": 1,
        "Retry-After": 0,
    }
    assert told(answers[-1])["Retry-After"] == 1
    assert answers[-1].content == b""
    crm.clock.now += 1
    again = [crm.call("GET", "/v1/tenants").status_code for _ in range(6)]
    assert again == [200] * 5 + [429]


def test_checklist_09_bucket_of_the_app_is_wider(crm: Crm) -> None:
    token = crm.token_of(TENANT_A, RAVI)
    crm.clock.step = 0
    for _ in range(20):
        crm.call("GET", "/v1/users/me", token=token)
    limited = crm.call("GET", "/v1/users/me", token=token)
    assert (limited.status_code, told(limited)["Replenish-Rate"]) == (429, 10)
    crm.clock.now += 0.2
    assert crm.call("GET", "/v1/users/me", token=token).status_code == 200


def test_checklist_09_bucket_for_each_credential(crm: Crm) -> None:
    crm.clock.step = 0
    for _ in range(21):
        crm.call("GET", "/v1/tenants")
    assert crm.call("GET", "/v1/tenants").status_code == 429
    assert crm.call("GET", "/v1/tenants", key=API_KEY_B).status_code == 200
    assert crm.http.get(crm.url + "/sales/deals/list", timeout=10).status_code == 200


@pytest.mark.parametrize("path", ["/v1/nope", "/v1/deals/1", "/v1/deals/4485"])
def test_checklist_09_headers_on_every_answer(crm: Crm, path: str) -> None:
    assert told(crm.call("GET", path))["Remaining"] == 19
    assert told(crm.call("GET", path, key="wrong"))["Burst-Capacity"] == 20


def test_checklist_7a_transient_500(crm: Crm) -> None:
    crm.simulator.faults.add("server_error", path="/v1/deals", method="GET")
    failed = crm.call("GET", "/v1/deals/4485")
    assert failed.status_code == 500
    assert failed.json()["code"] == "01003002"
    assert failed.json()["message"].startswith("Uhho!")
    assert crm.get("/v1/deals/4485")["id"] == 4485


def test_checklist_7a_burst_of_429(crm: Crm) -> None:
    crm.simulator.faults.add("rate_limited", path="/v1/", times=3)
    answers = [crm.call("GET", "/v1/users/me") for _ in range(4)]
    assert [one.status_code for one in answers] == [429, 429, 429, 200]
    assert told(answers[0])["Remaining"] == 0
    assert told(answers[0])["Retry-After"] == 1
    assert answers[0].content == b""
    assert answers[3].json()["id"] == ASHA


def test_checklist_7a_unavailable_and_malformed(crm: Crm) -> None:
    crm.simulator.faults.add("unavailable")
    assert crm.call("GET", "/v1/users/me").status_code == 503
    crm.simulator.faults.add("malformed")
    with pytest.raises(requests.JSONDecodeError):
        crm.call("GET", "/v1/users/me").json()


def test_checklist_7a_a_lost_reply_has_done_its_work(crm: Crm) -> None:
    crm.simulator.faults.add("lost_reply", path="/v1/notes/relation", method="POST")
    body = {
        "sourceEntity": {"description": "once"},
        "targetEntityId": 4485,
        "targetEntityType": "DEAL",
    }
    with pytest.raises(requests.RequestException):
        crm.call("POST", "/v1/notes/relation", body)
    found = crm.post("/v1/notes/search?size=100", {})["content"]
    assert [note["description"] for note in found].count("once") == 1
