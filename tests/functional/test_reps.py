"""Reps see what they made, and the leads and deals that the CRM has given them; nothing else."""

import re

import pytest

from core.api.records import RecordRef
from core.db.session import ALL_TENANTS
from core.links import service as links
from core.people import service as people
from core.people.models import User
from core.sandbox import demo
from plugins.kylas_crm.simulator import seed_data
from tests.pages import form_to, frame, words
from tests.support import Browser, Clock
from tests.workspace import Workspace

RAVIS, ASHAS = RecordRef("deal", "4486"), RecordRef("deal", "4485")


@pytest.fixture
def rep(browser: Browser, workspace: Workspace) -> Browser:
    browser.sign_in(demo.REP, demo.PASSWORD)
    return browser


def framed(path: str, ref: RecordRef) -> str:
    return frame(path, f"{ref.kind.upper()}/{ref.id}", userId=seed_data.RAVI)


def give(workspace: Workspace, ref: RecordRef, owner: int) -> None:
    """Somebody gives a deal to somebody else in the CRM."""
    tenant = workspace.sims.kylas.tenant(seed_data.TENANT_A)
    deal = tenant.get(ref.kind, ref.id)
    tenant.put(ref.kind, deal | {"ownedBy": deal["ownedBy"] | {"id": owner}})


def ids(page: object) -> set[str]:
    return set(re.findall(r"/links/(lnk_\w+)\"", str(getattr(page, "text", ""))))


def test_the_logs_hold_their_own_links_only(rep: Browser, workspace: Workspace) -> None:
    theirs, others = workspace.open_link(RAVIS), workspace.open_link(ASHAS)
    assert ids(rep.get("/links")) == {theirs}
    rep.get(f"/links/{theirs}", status=200)
    rep.get(f"/links/{others}", status=404)
    token = rep.get("/links").forms[0]["csrf_token"].value
    for deed in ("check", "deactivate"):
        rep.post(f"/links/{others}/{deed}", {"csrf_token": token}, status=404)
    assert workspace.link(others).state == "open"


def test_they_make_links_on_their_own_records(rep: Browser, workspace: Workspace) -> None:
    page = rep.get(framed("links/new", RAVIS))
    form = form_to(page, "/embed/kylas/links/new")
    page = form.submit(status=303).follow()
    (made,) = ids(rep.get("/links"))
    assert workspace.link(made).record_owner_id == str(seed_data.RAVI)
    assert made in ids(rep.get(framed("links", RAVIS)))


@pytest.mark.parametrize("path", ["links", "links/new"])
def test_a_record_of_somebody_else_is_not_shown(rep: Browser, workspace: Workspace, path: str) -> None:
    workspace.open_link(ASHAS)
    page = rep.get(framed(path, ASHAS), status=403)
    assert "This record is somebody else's" in words(page)
    assert workspace.record(ASHAS).title not in page
    assert "4,500" not in page


def test_a_form_that_was_open_when_the_record_was_given_away_makes_nothing(
    rep: Browser, workspace: Workspace
) -> None:
    form = form_to(rep.get(framed("links/new", RAVIS)), "/embed/kylas/links/new")
    give(workspace, RAVIS, seed_data.MEERA)
    form.submit(status=403)
    assert workspace.stripe.all("payment_link") == []


def test_a_record_that_was_given_away_is_hidden_within_minutes(
    rep: Browser, workspace: Workspace, clock: Clock
) -> None:
    workspace.open_link(RAVIS)
    rep.get(framed("links", RAVIS), status=200)
    give(workspace, RAVIS, seed_data.MEERA)
    clock.turn(minutes=6)
    rep.get(framed("links", RAVIS), status=403)


def test_the_panel_does_not_ask_the_crm_each_time(rep: Browser, workspace: Workspace) -> None:
    rep.get(framed("links", RAVIS))
    asked = workspace.sims.asked("GET")
    rep.get(framed("links", RAVIS))
    assert workspace.sims.asked("GET") == asked


def test_without_the_crm_nothing_is_shown(rep: Browser, workspace: Workspace) -> None:
    workspace.sims.kylas.faults.add("unavailable", times=None)
    page = rep.get(framed("links", RAVIS), status=503)
    assert "The CRM does not answer" in words(page)


def test_whoever_is_no_user_of_the_crm_is_told_whom_to_ask(rep: Browser, workspace: Workspace) -> None:
    with workspace.app.db.unit_of_work(ALL_TENANTS) as session:
        for user in session.query(User).where(User.email == demo.REP):
            user.crm_user_id = None
    page = rep.get(framed("links", RAVIS), status=403)
    assert "Ask an owner or admin to choose it under Manage users." in words(page)


def test_pages_of_their_links_follow_each_other(rep: Browser, workspace: Workspace) -> None:
    """Those they made and those on their records, each once, newest first."""
    member = people.member_by_email(workspace.app, demo.REP)
    assert member
    made = [workspace.open_link(RAVIS) for _ in range(3)] + [workspace.open_link(ASHAS)]
    whose = links.Rep(member.user_id, "kylas", member.crm_user_id)
    seen, after = [], None
    with workspace.app.db.unit_of_work(workspace.tenant_id, read_only=True) as session:
        for _ in range(3):
            found = links.list_links(session, links.LinkFilter(rep=whose), after=after, size=1)
            seen += [link.id for link in found.links]
            after = found.next
    assert after is None
    assert seen == sorted(made[:3], reverse=True)
