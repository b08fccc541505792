"""Checklist 8: webhooks that Kylas would send."""

import json
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import pytest
from webob import Request, Response

from core.testing.server import serve
from plugins.kylas_crm.simulator.seed_data import ASHA, DEAL_WON, LEAD_WON, MEERA, TENANT_A
from plugins.kylas_crm.tests.simulator.calls import Crm

SOLAR, ARJUN = 4485, 3102


def sealed(given: dict[str, str]) -> str:
    return b64encode(json.dumps(given).encode()).decode()


class Receiver:
    """A WSGI app that keeps what it is sent."""

    def __init__(self, url: str):
        self.url = f"{url}/hook"
        self.got: list[tuple[dict[str, str], Any]] = []

    def __call__(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        self.got.append((dict(request.headers), request.json_body))
        return Response(status=200)(environ, start_response)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made: list[Receiver] = []

    def make(url: str) -> Receiver:
        made.append(Receiver(url))
        return made[0]

    with serve(make):
        yield made[0]


def hook(url: str, events: list[str], **changed: Any) -> dict[str, Any]:
    start = {"name": "Dealpay", "requestType": "POST", "url": url, "events": events, "active": True}
    key = sealed({"keyName": "Api-Key", "value": "ours"})
    return {**start, "authenticationType": "API_KEY", "authenticationKey": key, **changed}


def win(crm: Crm, kind: str = "deal", id: int = SOLAR, stage: int = DEAL_WON) -> None:
    crm.post(f"/v1/{kind}s/{id}/pipeline-stages/{stage}/activate", {"reasonForClosing": None})


def test_checklist_08_webhooks_post_is_201(crm: Crm) -> None:
    answered = crm.call("POST", "/v1/webhooks/", hook("https://app.example/h", ["DEAL_UPDATED"]))
    assert answered.status_code == 201
    assert set(answered.json()) == {"id"}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"url": ""}, "Url can't be blank,Url is invalid"),
        ({"url": "ftp://x"}, "Url is invalid"),
        ({"name": None}, "Name can't be blank"),
        ({"events": ["DEAL_PAID"]}, "Events is invalid"),
        ({"authenticationKey": "not base64"}, "Authentication key is invalid"),
        ({"authenticationKey": sealed({"value": "x"})}, "Authentication key is invalid"),
        ({"authenticationType": "MAGIC"}, "Authentication key is invalid"),
    ],
)
def test_checklist_08_webhooks_post_is_422(crm: Crm, changed: dict[str, Any], said: str) -> None:
    body = hook("https://app.example/h", ["DEAL_UPDATED"]) | changed
    answered = crm.call("POST", "/v1/webhooks", body)
    assert answered.status_code == 422
    assert answered.json() == {"errorCode": "027003", "message": said}


def test_checklist_08_webhooks_deliver_with_their_header(crm: Crm, receiver: Receiver) -> None:
    crm.post("/v1/webhooks", hook(receiver.url, ["DEAL_UPDATED"]))
    win(crm)
    win(crm, "lead", ARJUN, LEAD_WON)
    assert receiver.got == [], "sent after the answer, not within it"
    assert crm.simulator.deliveries.flush() == [200], "the lead's event wasn't asked for"
    headers, payload = receiver.got[0]
    assert headers["Api-Key"] == "ours"
    assert (payload["entityType"], payload["tenantId"]) == ("deal", TENANT_A)
    assert payload["entity"]["forecastingType"] == "CLOSED_WON"
    assert payload["entity"]["pipeline"]["stage"]["id"] == DEAL_WON


def test_checklist_08_webhooks_show_leads_with_values(crm: Crm, receiver: Receiver) -> None:
    crm.post("/v1/webhooks", hook(receiver.url, ["LEAD_UPDATED"]))
    win(crm, "lead", ARJUN, LEAD_WON)
    crm.simulator.deliveries.flush()
    lead = receiver.got[0][1]["entity"]
    assert lead["pipelineStage"] == {"id": LEAD_WON, "value": "Won"}
    assert lead["ownerId"]["value"] == "Ravi Iyer"


@pytest.mark.parametrize(
    ("kind", "key", "header"),
    [
        ("BEARER_TOKEN", sealed({"token": "t"}), "Bearer t"),
        ("BASIC_AUTH", sealed({"username": "u", "password": "p"}), "Basic dTpw"),
        ("NONE", None, None),
    ],
)
def test_checklist_08_webhooks_authenticate_in_each_way(
    crm: Crm, receiver: Receiver, kind: str, key: str | None, header: str | None
) -> None:
    changed = {"authenticationType": kind, "authenticationKey": key}
    crm.post("/v1/webhooks", hook(receiver.url, ["USER_DEACTIVATED"], **changed))
    crm.call("PUT", f"/v1/users/{MEERA}/deactivate")
    crm.simulator.deliveries.flush()
    headers, payload = receiver.got[0]
    assert headers.get("Authorization") == header
    assert payload["entity"]["updatedBy"] == ASHA


def test_checklist_08_webhooks_change_and_go(crm: Crm, receiver: Receiver) -> None:
    id = crm.post("/v1/webhooks", hook(receiver.url, ["LEAD_DELETED"]))["id"]
    off = hook(receiver.url, ["LEAD_DELETED"], active=False)
    assert crm.call("PUT", f"/v1/webhooks/{id}", off).status_code == 200
    crm.call("DELETE", f"/v1/leads/{ARJUN}")
    assert crm.simulator.deliveries.flush() == []
    assert crm.call("DELETE", f"/v1/webhooks/{id}").status_code == 200
    assert crm.call("DELETE", f"/v1/webhooks/{id}").status_code == 404
    assert crm.call("PUT", f"/v1/webhooks/{id}", off).status_code == 404


def test_checklist_08_webhooks_are_for_admins(crm: Crm) -> None:
    token = crm.token_of(TENANT_A, MEERA)
    answered = crm.call("POST", "/v1/webhooks", {}, token=token)
    assert (answered.status_code, answered.json()["errorCode"]) == (403, "027001")
