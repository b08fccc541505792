"""The checklist of a new workspace ticks itself."""

from core.connections.models import CrmConnection
from core.db.session import ALL_TENANTS
from core.people import service as people
from core.people.roles import Role
from core.people.service import Member
from tests.pages import words
from tests.support import Browser
from tests.workspace import Workspace

ALL = [
    "Connect your CRM",
    "Connect a payment account",
    "Hear about payments",
    "Make a payment link",
    "See it paid",
    "Invite a colleague",
]


def steps(browser: Browser) -> dict[str, bool]:
    titles = browser.get("/").html.select("ol.steps h2")
    return {
        " ".join(title.get_text(" ").split()).removesuffix(" (done)"): "(done)" in title.get_text(" ")
        for title in titles
    }


def test_a_new_workspace_has_everything_before_it(owners_browser: Browser) -> None:
    assert steps(owners_browser) == dict.fromkeys(ALL, False)
    assert "0 of 6 steps are done." in words(owners_browser.get("/"))


def test_inviting_somebody_ticks_it(owners_browser: Browser, owner: Member) -> None:
    people.invite(
        owners_browser.app.registry.app,
        owner,
        email="meera@x.example",
        name="Meera",
        role=Role.REP,
        crm_user=None,
    )
    assert steps(owners_browser)["Invite a colleague"]


def test_what_is_set_up_is_ticked(member: Browser, workspace: Workspace) -> None:
    done = steps(member)
    assert (done["Connect your CRM"], done["Connect a payment account"]) == (True, True)
    assert not done["See it paid"]
    workspace.pay(workspace.open_link())
    workspace.deliver()
    assert all(steps(member).values())
    assert "Everything is set up" in words(member.get("/"))


def test_a_crm_that_works_no_more_is_to_be_connected_again(
    member: Browser, workspace: Workspace
) -> None:
    with workspace.app.db.unit_of_work(ALL_TENANTS) as session:
        session.query(CrmConnection).update({"health": "failing", "last_error": "The key was deleted."})
    assert not steps(member)["Connect your CRM"]
    assert "It doesn't work any more: The key was deleted." in words(member.get("/"))
