"""The checklist of a new workspace ticks itself."""

from core.connections.models import CrmConnection, PaymentAccount
from core.db.session import ALL_TENANTS
from core.people import service as people
from core.people.roles import Role
from core.people.service import Member
from core.sandbox import demo
from plugins.stripe_provider.simulator import seed
from tests.functional.test_account_pages import add
from tests.pages import form_to, words
from tests.support import Browser
from tests.workspace import Workspace

ALL = [
    "Connect your CRM",
    "Connect a payment account",
    "Hear about payments",
    "Make a payment link",
    "See it paid",
    "Invite a colleague",
    "Go live",
]


def steps(browser: Browser) -> dict[str, bool]:
    titles = browser.get("/").html.select("ol.steps h2")
    return {
        " ".join(title.get_text(" ").split()).removesuffix(" (done)"): "(done)" in title.get_text(" ")
        for title in titles
    }


def test_a_new_workspace_has_everything_before_it(owners_browser: Browser) -> None:
    assert steps(owners_browser) == dict.fromkeys(ALL, False)
    assert "0 of 7 steps are done." in words(owners_browser.get("/"))


def test_inviting_somebody_ticks_it(owners_browser: Browser, owner: Member) -> None:
    app = owners_browser.app.registry.app
    people.invite(app, owner, [people.Invitee("meera@x.example")], role=Role.REP)
    assert steps(owners_browser)["Invite a colleague"]


def test_what_is_set_up_is_ticked(member: Browser, workspace: Workspace) -> None:
    done = steps(member)
    assert (done["Connect your CRM"], done["Connect a payment account"]) == (True, True)
    # A signing secret alone doesn't make a webhook live: something verified has to come.
    assert (done["Hear about payments"], done["See it paid"], done["Go live"]) == (False, False, False)
    workspace.pay(workspace.open_link())
    workspace.deliver()
    workspace.work()
    assert [title for title, ticked in steps(member).items() if not ticked] == ["Go live"]
    assert "The last event came" in words(member.get("/"))
    europa = add(member, seed.EUROPA.key, label="Live").follow()
    assert "test mode" not in words(europa)
    (live,) = (one for one in workspace.rows(PaymentAccount) if one.label == "Live")
    form_to(member.get("/accounts"), f"/accounts/{live.id}/default").submit(status=303)
    assert all(steps(member).values())
    assert "Everything is set up" in words(member.get("/"))


def test_it_is_put_away_for_everybody_and_brought_back(
    member: Browser, browser: Browser, workspace: Workspace
) -> None:
    page = form_to(member.get("/"), "/checklist").submit("hidden", status=303).follow()
    assert page.html.select("ol.steps") == []
    assert form_to(page, "/checklist").submit("hidden", status=303).follow().html.select("ol.steps")
    form_to(member.get("/"), "/checklist").submit("hidden")
    member.reset()
    browser.sign_in(demo.REP, demo.PASSWORD)
    page = browser.get("/")
    assert page.html.select("ol.steps") == []
    assert "Show the checklist again" not in words(page)


def test_each_line_says_how_long_it_takes_and_where_it_is_explained(owners_browser: Browser) -> None:
    lines = owners_browser.get("/").html.select("ol.steps li")
    assert [line.select_one("a[href^='/help/']")["href"] for line in lines] == [
        f"/help/{page}"
        for page in (
            "connect-crm",
            "connect-account",
            "webhook",
            "first-link",
            "see-it-paid",
            "invite",
            "go-live",
        )
    ]
    assert all("minute" in line.get_text() for line in lines)


def test_a_crm_that_works_no_more_is_to_be_connected_again(
    member: Browser, workspace: Workspace
) -> None:
    with workspace.app.db.unit_of_work(ALL_TENANTS) as session:
        session.query(CrmConnection).update({"health": "failing", "last_error": "The key was deleted."})
    assert not steps(member)["Connect your CRM"]
    assert "It doesn't work any more: The key was deleted." in words(member.get("/"))
