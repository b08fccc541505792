"""A team of twelve is invited at once: whoever can be is, and the others stay with the reason."""

from typing import Any

import pytest

from core.app import App
from core.people import service as people
from core.people.models import Invitation
from core.people.roles import Role
from core.people.service import Invitee, Member
from plugins.kylas_crm.simulator import seed_data
from tests.conftest import PASSWORD
from tests.functional.test_query_counts import counted
from tests.functional.test_team import add, invite
from tests.pages import form_to, problems, words
from tests.support import Browser, Post
from tests.workspace import Workspace

PASTED = """Meera Nair <Meera@x.example>, nair@x.example; meera@x.example
Ravi Iyer\travi@x.example
owner@example.com
at the desk"""
MEND = "Correct these or take them out, then send again."


def subjects(post: Post) -> dict[str, str]:
    return {mail["to"][0]: mail["subject"] for mail in post.fetch()}


def left(page: Any) -> list[str]:
    return form_to(page, "/users/new")["email"].value.strip().splitlines()


def test_the_good_ones_are_invited_and_the_others_stay(
    owners_browser: Browser, post: Post, app: App
) -> None:
    page = invite(owners_browser, email=PASTED, role="viewer")
    assert page.status_int == 422
    said = "3 invitations are on their way: meera@x.example, nair@x.example, ravi@x.example"
    assert said in words(page)
    assert problems(page) == [
        "owner@example.com: Asha Rao is a member already, with this address.",
        "at the desk: Enter an e-mail address such as name@example.com.",
        MEND,
    ]
    assert left(page) == ["owner@example.com", "at the desk"]
    assert set(subjects(post)) == {"meera@x.example", "nair@x.example", "ravi@x.example"}
    team = words(owners_browser.get("/users"))
    assert all(
        one in team for one in ("Meera Nair meera@x.example Viewer", "nair nair@x.example Viewer")
    )

    form = form_to(page, "/users/new")
    form["email"] = "desk@x.example, nair@x.example"
    page = form.submit(status=422)
    assert left(page) == ["nair@x.example"]
    assert problems(page) == [
        "nair@x.example: Invited already. Under Manage users you can send it again.",
        MEND,
    ]


def test_all_of_them_in_one_go(owners_browser: Browser) -> None:
    page = invite(owners_browser, email="a@x.example\nb@x.example").follow()
    assert "2 invitations are on their way. They are good for 7 days." in words(page)


def test_fifty_are_the_most(owners_browser: Browser, app: App, owner: Member) -> None:
    typed = "\n".join(f"m{number}@x.example" for number in range(51))
    page = invite(owners_browser, email=typed)
    assert problems(page)[0].startswith("That would be 51 people. At most 50 are invited at once")
    assert left(page) == typed.splitlines()
    assert "m0@x.example" not in words(owners_browser.get("/users"))
    with pytest.raises(ValueError, match="at most 50"):
        people.invite(app, owner, [Invitee(f"m{one}@x.example") for one in range(51)], role=Role.REP)


def test_nobody_gives_a_role_to_a_list_that_they_may_not_give_to_one(
    wsgi: Any, owner: Member, app: App, post: Post
) -> None:
    add(app, owner, "admin@x.example", Role.ADMIN)
    theirs = Browser(wsgi)
    theirs.sign_in("admin@x.example", PASSWORD)
    page = invite(theirs, email="a@x.example, b@x.example", role="owner")
    assert problems(page) == ["Only an owner can do this for an owner."]
    assert left(page) == ["a@x.example, b@x.example"]
    assert "a@x.example" not in subjects(post)


def test_too_many_tries_are_told_by_address(owners_browser: Browser) -> None:
    for number in range(5):
        invite(owners_browser, email=f"owner@example.com, n{number}@x.example")
    page = invite(owners_browser, email="owner@example.com, new@x.example")
    waits = "owner@example.com: That was tried too often. Wait 60 minutes, then try again."
    assert (page.status_int, problems(page), left(page)) == (422, [waits, MEND], ["owner@example.com"])
    page = invite(owners_browser, email="owner@example.com")
    assert (page.status_int, problems(page)) == (429, [waits, MEND])
    assert int(page.headers["Retry-After"]) <= 3600


def test_a_place_invites_two_hundred_an_hour(owners_browser: Browser) -> None:
    for batch in range(4):
        invite(owners_browser, email=",".join(f"m{batch}.{one}@x.example" for one in range(48)))
    page = invite(owners_browser, email=",".join(f"last{one}@x.example" for one in range(10)))
    assert left(page) == ["last8@x.example", "last9@x.example"]
    assert "8 invitations are on their way: last0@x.example" in words(page)


class TestUsersOfTheCrm:
    def test_several_are_chosen_in_several_searches(
        self, member: Browser, workspace: Workspace, post: Post
    ) -> None:
        self.add_user(workspace, 777, "Zoya", "Khan", "zoya@northwind.example")
        page = self.search(member.get("/users/new"), "nair")
        form_to(page, "/users/new")["crm_user"].checked = True
        page = self.search(page, "khan")
        boxes = {box["value"] for box in page.html.find_all("input", attrs={"name": "crm_user"})}
        assert boxes == {str(seed_data.MEERA), "777"}
        form = form_to(page, "/users/new")
        for box in form.fields["crm_user"]:
            box.checked = True
        form["email"] = "desk@x.example"
        page = form.submit(status=303).follow()
        assert "3 invitations are on their way." in words(page)
        invited = {one.email: one.crm_user_id for one in workspace.rows(Invitation)}
        assert invited == {
            "meera@northwind.example": str(seed_data.MEERA),
            "zoya@northwind.example": "777",
            "desk@x.example": None,
        }

    def test_one_without_an_address_stays_until_one_is_typed(
        self, member: Browser, workspace: Workspace
    ) -> None:
        self.add_user(workspace, 777, "Zoya", "Khan", None)
        page = self.search(member.get("/users/new"), "khan")
        form_to(page, "/users/new")["crm_user"].checked = True
        form_to(page, "/users/new")["email"] = "desk@x.example"
        page = form_to(page, "/users/new").submit(status=422)
        assert problems(page) == [
            "Zoya Khan: There is no address of their own in Kylas. Type one with the name: "
            "Zoya Khan <name@example.com>."
        ]
        form = form_to(page, "/users/new")
        assert form["crm_user"].checked
        form["email"] = "Zoya Khan <zoya@x.example>"
        assert "on its way to zoya@x.example" in words(form.submit(status=303).follow())
        assert {one.email: one.crm_user_id for one in workspace.rows(Invitation)} == {
            "desk@x.example": None,
            "zoya@x.example": "777",
        }

    def add_user(self, workspace: Workspace, id: int, first: str, last: str, email: str | None) -> None:
        kylas = workspace.sims.kylas.tenant(seed_data.TENANT_A)
        user = kylas.get("user", seed_data.MEERA)
        more = {"id": id, "firstName": first, "lastName": last, "email": email}
        kylas.put("user", user | more)

    def search(self, page: Any, words: str) -> Any:
        form = form_to(page, "/users/new")
        form["crm_search"] = words
        return form.submit("step", value="search")


def test_fifty_cost_as_many_queries_as_five(workspace: Workspace, member: Browser) -> None:
    """But for the mails: each is a row of its own, and a job."""

    def asked(count: int) -> list[str]:
        typed = ",".join(f"m{number}of{count}@x.example" for number in range(count))
        with counted(workspace) as sent:
            invite(member, email=typed)
        texts = [one.partition("VALUES")[0] for one in sent]
        return sorted(
            one for one in texts if not set(one.split()) & {"outgoing_mails", "procrastinate_jobs"}
        )

    asked(2)
    assert asked(50) == asked(5)
