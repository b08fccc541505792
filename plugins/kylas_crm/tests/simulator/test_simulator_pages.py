"""Checklist 10: the CRM as a person sees it."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from bs4 import BeautifulSoup

from plugins.kylas_crm.simulator import KylasSimulator
from plugins.kylas_crm.simulator.seed_data import (
    ANITA,
    API_KEY_A,
    API_KEY_B,
    ASHA,
    DEAL_WON,
    JOSEPH,
    RAVI,
    TENANT_A,
    TENANT_B,
)
from plugins.kylas_crm.tests.simulator.calls import APP_URL, Crm

KEYS = "/setup/integrations/api-keys/list"
PAGES = (
    "/sales/leads/list",
    "/sales/deals/list",
    "/sales/leads/details/3101",
    "/sales/leads/details/3110",
    "/sales/deals/details/4485",
    "/sales/deals/details/4494",
    "/marketplace",
    "/marketplace/apps/dealpay",
    "/marketplace/apps/dealpay/install",
    "/marketplace/installed",
    "/marketplace/installed/dealpay",
    "/setup/users/list",
    KEYS,
)


def see(crm: Crm, path: str, status: int = 200) -> BeautifulSoup:
    answered = crm.http.get(crm.url + path, timeout=10)
    assert answered.status_code == status, answered.text
    return BeautifulSoup(answered.text, "html.parser")


def become(crm: Crm, tenant: int, user: int) -> requests.Response:
    return crm.http.post(f"{crm.url}/switch", data={"person": f"{tenant}-{user}"}, timeout=10)


def text(page: BeautifulSoup, selector: str) -> str:
    found = page.select_one(selector)
    assert found, selector
    return " ".join(found.get_text(" ").split())


def names(page: BeautifulSoup) -> list[str]:
    return [cell.get_text(strip=True) for cell in page.select("tbody th")]


@pytest.mark.parametrize("path", PAGES)
def test_checklist_10_pages_suit_a_strict_policy(crm: Crm, path: str) -> None:
    page = see(crm, path)
    assert not page.select("[style], style, script:not([src])")
    assert not [tag for tag in page.find_all() for name in tag.attrs if name.startswith("on")]
    assert not page.select("iframe[allow], iframe:not([title])")
    assert "Nothing here reaches Kylas" in text(page, ".stand-in")
    words = [link.get_text(strip=True) for link in page.select("nav a")]
    assert words == ["Leads", "Deals", "Marketplace", "Installed apps", "API keys", "Users"]
    for asset in page.select("link[href], script[src], img[src]"):
        address = str(asset.get("href") or asset.get("src"))
        assert crm.http.get(address, timeout=10).status_code == 200, address


def test_checklist_10_home_leads_to_the_deals(crm: Crm) -> None:
    answered = crm.http.get(crm.url + "/", timeout=10)
    assert answered.url == crm.url + "/sales/deals/list"


@pytest.mark.parametrize(("words", "id", "kind"), [("deals", 4485, "DEAL"), ("leads", 3101, "LEAD")])
def test_checklist_10_frames_name_tenant_user_and_record(
    crm: Crm, words: str, id: int, kind: str
) -> None:
    page = see(crm, f"/sales/{words}/details/{id}")
    for selector, path in (("dialog iframe", "links/new"), ("aside iframe", "links")):
        frame = page.select_one(selector)
        assert frame
        assert "src" not in frame.attrs, "nothing is loaded until it is asked for"
        target = urlsplit(str(frame["data-src"]))
        assert target._replace(query="").geturl() == f"{APP_URL}/embed/kylas/{path}"
        assert parse_qs(target.query) == {
            "tenantId": [str(TENANT_A)],
            "userId": [str(ASHA)],
            "entityId": [str(id)],
            "entityType": [kind],
        }
    assert text(page, ".head details button") == "Generate payment link"
    assert text(page, "aside button") == "View payment link"


def test_checklist_10_a_deal_shows_stage_value_contacts_and_notes(crm: Crm) -> None:
    page = see(crm, "/sales/deals/details/4485")
    assert text(page, "[role=status] strong") == "Negotiation"
    assert [step.get_text() for step in page.select(".steps li")] == [
        "Open",
        "Proposal sent",
        "Negotiation",
        "Won",
    ]
    assert text(page, ".head .amount") == "₹10,90,538.00"
    assert "prakash@deccan-textiles.example" in text(page, ".facts")
    assert text(page, ".lines tbody tr") == "Solar panel 540 W 80 ₹14,250.50 5 %"
    assert "discount" in text(page, ".notes li")


def test_checklist_10_a_won_deal_and_its_note_are_seen(crm: Crm) -> None:
    crm.post(f"/v1/deals/4485/pipeline-stages/{DEAL_WON}/activate", {"reasonForClosing": None})
    body = {"targetEntityId": 4485, "targetEntityType": "DEAL"}
    html = "<div>Paid &lt;b&gt;<br/>see https://pay.example/l/1</div><script>alert(1)</script>"
    crm.post("/v1/notes/relation", {"sourceEntity": {"description": html}, **body})
    page = see(crm, "/sales/deals/details/4485")
    assert text(page, "[data-live=stage] .won") == "Won"
    newest = page.select_one(".notes li")
    assert newest
    assert newest.select_one("p").get_text().splitlines()[0] == "Paid <b>"  # type: ignore[union-attr]
    assert not newest.select("script, b")
    assert newest.select_one("a")["href"] == "https://pay.example/l/1"  # type: ignore[index]
    assert text(page, ".notes small").startswith("Asha Rao, ")


def test_checklist_10_a_lost_lead_shows_why(crm: Crm) -> None:
    page = see(crm, "/sales/leads/details/3108")
    assert text(page, "[role=status]").endswith("Reason: No follow-up")
    assert text(page, ".steps .lost") == "Closed Lost"


def test_checklist_10_a_rep_sees_their_own(crm: Crm) -> None:
    assert len(names(see(crm, "/sales/deals/list"))) == 10
    assert "You are: Ravi Iyer (rep)" in become(crm, TENANT_A, RAVI).text
    assert names(see(crm, "/sales/deals/list")) == [
        "Office fit-out, Koramangala",
        "Cold storage upgrade",
        "Billing counters",
        "Walk-in enquiry",
    ]
    see(crm, "/sales/deals/details/4485", 404)
    assert API_KEY_A not in str(see(crm, KEYS))


def test_checklist_10_tenants_are_apart(crm: Crm) -> None:
    become(crm, TENANT_B, JOSEPH)
    assert names(see(crm, "/sales/leads/list")) == ["Rahul Saxena", "Pooja Hegde"]
    see(crm, "/sales/deals/details/4486", 404)
    frame = see(crm, "/sales/deals/details/5486").select_one("dialog iframe")
    assert frame
    assert f"tenantId={TENANT_B}&userId={JOSEPH}" in str(frame["data-src"])


@pytest.mark.parametrize("person", ["", "1-1", f"{TENANT_A}-{JOSEPH}", "x"])
def test_checklist_10_a_strange_cookie_is_the_owner(crm: Crm, person: str) -> None:
    crm.http.post(f"{crm.url}/switch", data={"person": person}, timeout=10)
    assert "Asha Rao (owner)" in text(see(crm, "/setup/users/list"), ".who summary")


@pytest.mark.parametrize(
    "path", ["/sales/tasks/list", "/sales/tasks/details/1", "/sales/deals/details/1"]
)
def test_checklist_10_a_page_that_is_not_there(crm: Crm, path: str) -> None:
    assert "doesn't seem to exist" in text(see(crm, path, 404), "main")


def test_checklist_10_install_shows_permissions_and_brings_a_code(crm: Crm) -> None:
    become(crm, TENANT_B, ANITA)
    assert "has installed no apps" in text(see(crm, "/marketplace/installed"), "main")
    see(crm, "/marketplace/installed/dealpay", 404)
    assert text(see(crm, "/marketplace/apps/dealpay"), "a.primary") == "Install App"
    page = see(crm, "/marketplace/apps/dealpay/install")
    asked = {one.get_text(" ", strip=True) for one in page.select("dt")}
    assert "Deals read, read all, update, update all, note" in asked
    assert all(one.get_text(strip=True) for one in page.select("dd"))
    form = page.select_one("main form")
    assert form
    assert form["target"] == "_blank"
    answered = crm.http.post(str(form["action"]), allow_redirects=False, timeout=10)
    target = urlsplit(answered.headers["Location"])
    assert target._replace(query="").geturl() == f"{APP_URL}/install/kylas"
    tokens = crm.exchange(parse_qs(target.query)["code"][0]).json()
    assert crm.get("/v1/users/me", token=tokens["access_token"])["id"] == ANITA
    frame = see(crm, "/marketplace/installed/dealpay").select_one("iframe")
    assert frame
    assert frame["src"] == f"{APP_URL}/embed/kylas/?tenantId={TENANT_B}&userId={ANITA}"


def test_checklist_10_uninstall_ends_the_tokens(crm: Crm) -> None:
    token = crm.token_of(TENANT_A, ASHA)
    other = crm.token_of(TENANT_A, RAVI)
    crm.http.post(f"{crm.url}/marketplace/apps/dealpay/uninstall", timeout=10)
    assert "no apps" in text(see(crm, "/marketplace/installed"), "main")
    assert crm.call("GET", "/v1/users/me", token=token).status_code == 401
    assert crm.call("GET", "/v1/users/me", token=other).status_code == 200


def test_checklist_10_api_keys_are_shown_and_renewed(crm: Crm) -> None:
    def shown() -> str:
        field = see(crm, KEYS).select_one("input.key")
        assert field
        return str(field["value"])

    assert shown() == API_KEY_A
    crm.http.post(crm.url + KEYS, timeout=10)
    assert re.fullmatch(rf"[0-9a-f-]{{36}}:{ASHA}", shown())
    assert crm.call("GET", "/v1/tenants").status_code == 400
    assert crm.get("/v1/tenants", key=shown())["id"] == TENANT_A
    assert crm.get("/v1/tenants", key=API_KEY_B)["id"] == TENANT_B


def test_a_rep_renews_no_key(crm: Crm) -> None:
    become(crm, TENANT_A, RAVI)
    crm.http.post(crm.url + KEYS, timeout=10)
    assert crm.get("/v1/tenants")["id"] == TENANT_A


def test_the_demo_names_the_key_and_the_users_of_the_start_state(crm: Crm) -> None:
    settings, users = KylasSimulator.demo["settings"], KylasSimulator.demo["users"]
    assert crm.get("/v1/tenants", key=settings["api_key"])["companyName"] == "Northwind Trading"
    assert crm.get(f"/v1/users/{users['owner']}")["email"] == "asha@northwind.example"
    assert crm.get(f"/v1/users/{users['rep']}")["email"] == "ravi@northwind.example"
