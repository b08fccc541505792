"""Checklist 1 to 4: tokens, the authorize page, credentials, and who one is."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from plugins.kylas_crm.simulator.seed_data import (
    API_KEY_A,
    API_KEY_B,
    ASHA,
    JOSEPH,
    MEERA,
    RAVI,
    SHEIKH,
    TENANT_A,
    TENANT_B,
)
from plugins.kylas_crm.tests.simulator.calls import APP_URL, Crm

OPAQUE = re.compile(rf"[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}:{TENANT_A}:{RAVI}")


def test_checklist_01_token_exchange(crm: Crm) -> None:
    answered = crm.exchange(crm.simulator.issue_code(TENANT_A, RAVI))
    assert answered.status_code == 200
    tokens = answered.json()
    assert tokens["token_type"] == "bearer"
    assert tokens["expires_in"] == 86399
    assert {"deal:updateAll", "lead:note", "note:write"} <= set(tokens["scope"].split())
    assert OPAQUE.fullmatch(tokens["access_token"])
    assert OPAQUE.fullmatch(tokens["refresh_token"])


def test_checklist_01_token_exchange_by_query(crm: Crm) -> None:
    answered = crm.http.post(
        f"{crm.url}/oauth/token",
        params={
            "grant_type": "authorization_code",
            "code": crm.simulator.issue_code(TENANT_A, RAVI),
            "redirect_uri": f"{APP_URL}/install/kylas",
        },
        auth=("dealpay-client", "simulated-client-secret"),
        timeout=10,
    )
    assert answered.status_code == 200


def test_checklist_01_token_refresh_rotates(crm: Crm) -> None:
    first = crm.exchange(crm.simulator.issue_code(TENANT_A, RAVI)).json()["refresh_token"]
    renewed = crm.exchange("", grant_type="refresh_token", refresh_token=first).json()
    assert renewed["refresh_token"] != first
    assert crm.get("/v1/users/me", token=renewed["access_token"])["id"] == RAVI
    again = crm.exchange("", grant_type="refresh_token", refresh_token=first)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize("auth", [("dealpay-client", "wrong"), ("other", "x"), None])
def test_checklist_01_token_bad_client(crm: Crm, auth: tuple[str, str] | None) -> None:
    answered = crm.http.post(f"{crm.url}/oauth/token", data={"code": "x"}, auth=auth, timeout=10)
    assert (answered.status_code, answered.json()["error"]) == (401, "invalid_client")


def test_checklist_01_token_bad_code(crm: Crm) -> None:
    code = crm.simulator.issue_code(TENANT_A, RAVI)
    assert crm.exchange("made-up").status_code == 400
    assert crm.exchange(code, redirect_uri="https://elsewhere.example").status_code == 400
    assert crm.exchange(code, grant_type="password").status_code == 400
    assert crm.exchange(code).status_code == 200
    assert crm.exchange(code).status_code == 400, "a code works once"


def test_checklist_01_token_code_grows_old(crm: Crm) -> None:
    code = crm.simulator.issue_code(TENANT_A, RAVI)
    crm.clock.now += 601
    assert crm.exchange(code).status_code == 400


def test_checklist_02_authorize_redirects_with_a_code(crm: Crm) -> None:
    asked = {"client_id": "dealpay-client", "response_type": "code", "state": "s"}
    answered = crm.call("GET", "/oauth/authorize", params=asked, allow_redirects=False)
    assert answered.status_code == 302
    target = urlsplit(answered.headers["Location"])
    assert target._replace(query="").geturl() == f"{APP_URL}/install/kylas"
    query = parse_qs(target.query)
    assert query["state"] == ["s"]
    tokens = crm.exchange(query["code"][0]).json()
    assert crm.get("/v1/users/me", token=tokens["access_token"])["id"] == ASHA


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"client_id": "other"}, 401),
        ({"redirect_uri": "https://elsewhere.example"}, 400),
        ({"response_type": "token"}, 400),
    ],
)
def test_checklist_02_authorize_refuses(crm: Crm, changed: dict[str, str], status: int) -> None:
    asked = {"client_id": "dealpay-client", "response_type": "code", **changed}
    answered = crm.call("GET", "/oauth/authorize", params=asked, allow_redirects=False)
    assert answered.status_code == status


def test_checklist_03_auth_by_key_or_bearer(crm: Crm) -> None:
    assert crm.get("/v1/users/me")["id"] == ASHA
    assert crm.get("/v1/users/me", token=crm.token_of(TENANT_B, JOSEPH))["id"] == JOSEPH


def test_checklist_03_auth_bad_key_is_a_400(crm: Crm) -> None:
    answered = crm.call("GET", "/v1/tenants", key="00000000-0000-0000-0000-000000000000:1")
    assert answered.status_code == 400
    assert answered.json() == {"code": "001079", "message": "Invalid API key", "fieldErrors": None}


def test_checklist_03_auth_bad_bearer_is_a_401(crm: Crm) -> None:
    token = crm.token_of(TENANT_A, RAVI)
    crm.clock.now += 86_400
    for answered in (
        crm.call("GET", "/v1/users/me", token="wrong"),
        crm.call("GET", "/v1/users/me", token=token),
        crm.call("GET", "/v1/users/me", key=None),
    ):
        assert answered.status_code == 401
        assert answered.json()["code"] == "001002"
        assert answered.json()["fieldErrors"] is None


def test_checklist_03_auth_ends_with_the_user(crm: Crm) -> None:
    token = crm.token_of(TENANT_A, RAVI)
    assert crm.call("PUT", f"/v1/users/{RAVI}/deactivate").json()["active"] is False
    assert crm.call("GET", "/v1/users/me", token=token).status_code == 401
    crm.call("PUT", f"/v1/users/{RAVI}/activate")
    assert crm.get("/v1/users/me", token=token)["active"] is True


def test_checklist_04_users_me_and_by_id(crm: Crm) -> None:
    me = crm.get("/v1/users/me")
    assert (me["firstName"], me["lastName"], me["timezone"]) == ("Asha", "Rao", "Asia/Calcutta")
    assert "tenantId" not in me
    assert {one["name"] for one in me["permissions"]} >= {"lead", "deal", "note"}
    nameless = crm.get(f"/v1/users/{SHEIKH}")
    assert (nameless["firstName"], nameless["lastName"]) == (None, "Sheikh")
    rep = {one["name"]: one["action"] for one in crm.get(f"/v1/users/{RAVI}")["permissions"]}
    assert rep["deal"]["update"]
    assert not rep["deal"]["updateAll"]
    assert crm.call("GET", f"/v1/users/{JOSEPH}").status_code == 404


def test_checklist_04_users_lookup_has_no_email(crm: Crm) -> None:
    found = crm.get("/v1/users/lookup?q=name:")
    assert found["totalElements"] == 4
    assert {"id": SHEIKH, "name": "Sheikh"} in found["content"]
    assert crm.get("/v1/users/lookup?q=firstName:mee")["content"] == [
        {"id": MEERA, "name": "Meera Nair"}
    ]


def test_checklist_04_users_search_and_list(crm: Crm) -> None:
    fields = ["firstName", "lastName", "id", "email", "phoneNumbers", "active"]
    page = crm.post("/v1/users/search?page=1&size=3&sort=id,asc", {"fields": fields})
    assert (page["number"], page["totalPages"], page["last"]) == (1, 2, True)
    assert [set(row) for row in page["content"]] == [set(fields)]
    assert page["content"][0]["id"] == SHEIKH
    assert page["sort"][0] | {"ignoreCase": False} == page["sort"][0]
    assert [user["id"] for user in crm.get("/v1/users")["content"]] == [ASHA, RAVI, MEERA, SHEIKH]
    assert {row["name"] for row in crm.post("/v1/profiles/search", {})["content"]} >= {"Admin"}


@pytest.mark.parametrize(
    ("key", "id", "name"),
    [(API_KEY_A, TENANT_A, "Northwind Trading"), (API_KEY_B, TENANT_B, "Lakeside Clinics")],
)
def test_checklist_04_tenants_is_the_callers_own(crm: Crm, key: str, id: int, name: str) -> None:
    tenant = crm.get("/v1/tenants", key=key)
    assert (tenant["id"], tenant["companyName"], tenant["currency"]) == (id, name, "INR")
    assert crm.get("/v1/entities/label", key=key)["DEAL"]["displayName"] == "Deal"
