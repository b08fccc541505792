"""The simulated HubSpot as a person sees it."""

from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from bs4 import BeautifulSoup

from plugins.hubspot_crm.simulator import HubSpotSimulator
from plugins.hubspot_crm.simulator import seed_data as seed

PORTAL = seed.BRIGHTWATER.portal
DEALS = f"/contacts/{PORTAL}/objects/0-3/views/all/list"
DEAL = f"/contacts/{PORTAL}/record/0-3/{seed.HARBOUR}"


@pytest.fixture
def see(hubspot):
    """``see(path)``: a page, which must answer with ``status``."""

    def see(path, status=200):
        answered = requests.get(hubspot.base_url + path, timeout=30)
        assert answered.status_code == status, answered.text
        return BeautifulSoup(answered.text, "html.parser")

    return see


def words(tag):
    return " ".join(tag.get_text(" ").split())


def test_the_start_page_lists_the_deals(see):
    page = see("/")
    assert page.h1.string == "Deals"
    rows = {row.a.string: words(row.p) for row in page.select(".rows li")}
    assert len(rows) == 5
    assert rows["Harbour Trust: anniversary film"] == (
        "Amount: 18400.00 GBP, Pipeline: Sales Pipeline, Stage: Presentation Scheduled, "
        "Owner: Imogen Clarke"
    )
    assert rows["Podcast pilot"].startswith("Amount: None, ")
    assert rows["Podcast pilot"].endswith("Owner: Nobody")


def test_a_deal_in_no_pipeline_has_no_stage_to_show(see, hubspot):
    deal = hubspot.store.get(f"{PORTAL}/deals", seed.HARBOUR)
    del deal["properties"]["dealstage"]
    hubspot.store.put(f"{PORTAL}/deals", seed.HARBOUR, deal)
    assert [words(fact) for fact in see(DEAL).select(".facts dt")] == ["Amount", "Owner"]


def test_contacts_and_the_other_account(see):
    page = see(f"/contacts/{PORTAL}/objects/0-1/views/all/list")
    assert [row.a.string for row in page.select(".rows li")][-1] == "hello@podcast.example"
    other = see(f"/contacts/{seed.ALDER.portal}/objects/0-3/views/all/list")
    assert [row.a.string for row in other.select(".rows li")] == ["Tremblay kitchen"]


def test_every_link_leads_somewhere(see, hubspot):
    seen, left = set(), [DEALS]
    while left:
        path = left.pop()
        seen.add(path)
        for link in see(path).select("a[href]"):
            assert link["href"].startswith(hubspot.base_url)
            if (there := link["href"].removeprefix(hubspot.base_url)) not in seen | set(left):
                left.append(there)
    assert DEAL in seen
    assert len(seen) == 2 * 3 + len(seed.DEALS) + len(seed.CONTACTS)


@pytest.mark.parametrize(
    ("path", "id", "word"),
    [
        (DEAL, seed.HARBOUR, "DEAL"),
        (f"/contacts/{PORTAL}/record/0-1/{seed.MARGARET}", seed.MARGARET, "CONTACT"),
    ],
)
def test_a_record_frames_the_app_with_a_cards_parameters(see, path, id, word):
    frames = [urlsplit(frame["src"]) for frame in see(path).select("iframe")]
    assert [(frame.netloc, frame.path) for frame in frames] == [
        ("app.example", "/embed/hubspot/links"),
        ("app.example", "/embed/hubspot/links/new"),
    ]
    for frame in frames:
        assert parse_qs(frame.query) == {
            "userId": ["61500101"],
            "userEmail": ["imogen@brightwater.example"],
            "associatedObjectId": [id],
            "associatedObjectType": [word],
            "portalId": [str(PORTAL)],
        }


def test_notes_are_shown_as_text(see, hubspot):
    body = "<div>Paid &lt;b&gt;<br/>in full</div><div><small>ref: run-1</small></div>"
    hubspot.add("notes", PORTAL, [["deals", seed.HARBOUR]], {"hs_note_body": body})
    notes = [note.get_text() for note in see(DEAL).select(".notes li")]
    assert notes == ["Wants the long cut by March.", "Paid <b>\nin full\nref: run-1"]
    assert [words(one) for one in see(DEAL.replace(seed.HARBOUR, seed.TOKYO)).select(".none")] == [
        "No notes yet."
    ]


def test_tokens_are_shown_with_their_scopes(see):
    page = see(f"/private-apps/{PORTAL}")
    fields = {field["value"]: words(field.parent) for field in page.select("input")}
    assert set(fields) == {seed.BRIGHTWATER.token, seed.READ_ONLY, seed.ROTATED}
    assert "crm.objects.deals.write" in fields[seed.BRIGHTWATER.token]
    assert "crm.objects.deals.write" not in fields[seed.READ_ONLY]
    assert "rotated" in fields[seed.ROTATED]
    assert any(seed.BRIGHTWATER.token in hint for hint in HubSpotSimulator.hints)


@pytest.mark.parametrize(
    "path",
    [
        "/contacts/1/objects/0-3/views/all/list",
        f"/contacts/{PORTAL}/objects/0-2/views/all/list",
        f"/contacts/{PORTAL}/record/0-2/{seed.HARBOUR}",
        f"/contacts/{PORTAL}/record/0-3/{seed.KITCHEN}",
        f"/contacts/1/record/0-3/{seed.HARBOUR}",
        "/private-apps/1",
    ],
)
def test_what_is_not_there_says_so(see, path):
    assert see(path, 404).h1.string == "Not found"


def test_pages_are_spared_by_faults_and_limits(see, hubspot):
    hubspot.faults.add("unavailable", times=None)
    assert see(DEAL).h1.string == "Harbour Trust: anniversary film"
