"""The page that says which plugin answered what: for a link, a delivery, a run, a page."""

import pytest

from core.people.service import Member
from core.plugin_host.models import PluginCall
from tests.conftest import PASSWORD
from tests.functional.test_query_counts import counted
from tests.pages import frame, words
from tests.support import Browser, Clock
from tests.workspace import DEAL, PAID_NOTE, Workspace, everything


@pytest.fixture
def link_id(workspace: Workspace) -> str:
    """A link that was paid, and all that followed."""
    made = workspace.open_link()
    workspace.pay(made)
    workspace.deliver()
    workspace.work()
    return made


def calls(member: Browser, **query: str) -> list[tuple[str, str, str]]:
    """Plugin, verb and outcome of each line, newest first."""
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    body = member.get(f"/plugins/calls?{asked}").html.find("tbody")
    rows = body.find_all("tr") if body else []
    return [
        tuple(row.find(attrs={"data-column": name}).get_text(" ", strip=True) for name in NAMES)
        for row in rows
    ]


NAMES = ("Plugin", "Asked to", "Outcome")


def test_a_delivery_shows_who_was_asked_what_is_true(
    member: Browser, workspace: Workspace, link_id: str
) -> None:
    (delivery, *_) = workspace.deliveries()
    assert calls(member, work=delivery.id) == [("Stripe", "fetch_status", "Went well")]
    assert f'/plugins/calls?work={delivery.id}"' in str(member.get(f"/deliveries/{delivery.id}").html)


def test_a_run_shows_each_step_of_its_action(
    member: Browser, workspace: Workspace, link_id: str
) -> None:
    run = workspace.run(PAID_NOTE)
    assert set(calls(member, work=run.id)) == {
        ("Write a note", "run", "Went well"),
        ("Kylas", "add_note", "Went well"),
    }
    assert f"/plugins/calls?work={run.id}" in str(member.get(f"/links/{link_id}").html)


def test_a_page_shows_what_it_asked_by_its_reference(member: Browser, workspace: Workspace) -> None:
    member.get(frame("links/new"))
    (reference,) = {
        call.work_id for call in workspace_calls(member, workspace) if call.work == "request"
    }
    assert set(calls(member, work=reference)) == {
        ("Kylas", "fetch_record", "Went well"),
        ("Stripe", "list_products", "Went well"),
    }


def workspace_calls(member: Browser, workspace: Workspace) -> list[PluginCall]:
    member.get("/plugins/calls")  # writes down what was gathered
    return workspace.rows(PluginCall)


def test_what_failed_can_be_asked_for(member: Browser, workspace: Workspace, link_id: str) -> None:
    assert calls(member, outcome="failed") == []
    workspace.sims.kylas.faults.add("unavailable", times=None)
    member.get(frame("links/new"), status=503)
    workspace.sims.kylas.faults.clear()
    assert calls(member, outcome="failed") == [("Kylas", "fetch_record", "NotSent")]
    assert calls(member, outcome="failed", plugin="stripe_provider") == []
    assert calls(member, outcome="ok", plugin="kylas_crm")
    assert "No call fits these filters" in words(member.get("/plugins/calls?work=nothing"))


def test_another_workspace_sees_nothing_of_it(
    member: Browser, link_id: str, stranger: Member, wsgi: object
) -> None:
    assert calls(member)
    theirs = Browser(wsgi)
    theirs.sign_in(stranger.email, PASSWORD)
    assert calls(theirs) == []
    assert "No calls yet" in words(theirs.get("/plugins/calls"))


def test_nothing_of_what_was_asked_is_kept(member: Browser, workspace: Workspace, link_id: str) -> None:
    link = workspace.link(link_id)
    kept = [vars(call) for call in workspace_calls(member, workspace)]
    assert kept
    text = str(kept)
    assert link.url not in text
    assert DEAL.id not in text
    assert "sk_test" not in text


def test_pages_of_fifty(member: Browser, workspace: Workspace, link_id: str) -> None:
    (first, *_) = workspace_calls(member, workspace)
    with workspace.app.db.unit_of_work(workspace.tenant_id) as session:
        session.add_all(
            PluginCall(
                at=first.at,
                plugin_id="acme",
                member="acme",
                verb="run",
                ms=number,
                outcome="ok",
                work="request",
                work_id="abc",
            )
            for number in range(120)
        )
    seen = []
    page = member.get("/plugins/calls?plugin=acme")
    with counted(workspace) as of_a_page:
        member.get("/plugins/calls?plugin=acme")
    while True:
        seen += [
            row.find(attrs={"data-column": "Took"}).text
            for row in page.html.find("tbody").find_all("tr")
        ]
        older = page.html.find("a", string="Older calls")
        if older is None:
            break
        page = member.get(older["href"])
    assert len(seen) == 120
    assert len(set(seen)) == 120
    assert len([one for one in of_a_page if "plugin_calls" in one]) == 1


def test_they_are_forgotten_after_some_days(
    member: Browser, workspace: Workspace, link_id: str, clock: Clock
) -> None:
    clean = workspace.app.jobs.periodics["plugins.forget_calls"].function
    count = len(workspace_calls(member, workspace))
    clock.turn(days=2)
    assert clean(workspace.app) is None
    clock.turn(days=2)
    assert clean(workspace.app) == f"Calls forgotten: {count}."
    assert everything(workspace.app, PluginCall) == []


def test_none_is_written_where_the_operator_wants_none(member: Browser, workspace: Workspace) -> None:
    workspace.app.plugins.trace.on = False
    workspace.open_link()
    assert workspace_calls(member, workspace) == []
