"""The team: who is in it and as what, who is invited, and whom to let in no more."""

from collections.abc import Callable
from typing import Any, TypeVar

from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request

from core.api.text import _
from core.app import App
from core.mail import service as mail
from core.people import service
from core.people.forms import MemberForm
from core.people.roles import PERMISSIONS, Permission, Role
from core.people.views.picking import Picker
from core.web.forms import Form
from core.web.pages import page
from core.web.replies import again, see_other
from core.web.throttle import wait_in_words

MANAGE = Permission.MEMBERS_MANAGE
_PAGE = 100
T = TypeVar("T")


@page("team", "people/team.jinja2", permission=MANAGE)
def index(request: Request) -> dict[str, Any]:
    """Members and open invitations; the address holds where the page begins."""
    members = service.list_team(request.db, after=request.GET.get("after"), size=_PAGE + 1)
    return {
        "members": members[:_PAGE],
        "next": members[_PAGE - 1].id if len(members) > _PAGE else None,
        "invitations": service.open_invitations(request.db),
        "undelivered": mail.undelivered(request.db),
        "now": request.app.clock(),
        "roles": PERMISSIONS,
        "roles_by": {str(role): role for role in Role},
        "permissions": Permission,
    }


@page("team_member", "people/member.jinja2", permission=MANAGE)
def show_member(request: Request) -> dict[str, Any]:
    """A member's role, and which user of the CRM they are."""
    member = _member(request)
    form = Form(MemberForm, values={"role": member.role})
    return {"form": form, "subject": member, "picker": Picker(request, member.crm_user)}


@page("team_member", "people/member.jinja2", permission=MANAGE, method="POST")
def change_member(request: Request) -> Any:
    """Change them; both hold from the member's next click on."""
    member = _member(request)
    form, picker = Form(MemberForm), Picker(request, member.crm_user)
    values = {"form": form, "subject": member, "picker": picker}
    if picker.searching:
        form.read(request.POST)
        return values
    people = picker.chosen()
    asked = form.validate(request.POST)
    if asked is None or picker.problem:
        return again(request, values)
    crm_user = picker.crm_person(people)
    try:
        service.update_member(
            request.app, request.identity, member.id, role=asked.role, crm_user=crm_user
        )
    except service.TeamRefused as refused:
        form.fail(service.problem(refused))
        return again(request, values)
    request.session.flash(_("%(name)s is changed.", name=member.name))
    return see_other(request, "team")


@page("team_active", permission=MANAGE, method="POST")
def switch(request: Request) -> Any:
    """Let a member in no more, or again."""
    on, user_id = request.POST.get("active") == "on", request.matchdict["id"]
    change = service.reactivate if on else service.deactivate
    try:
        if not change(request.app, request.identity, user_id):
            raise HTTPNotFound
    except service.TeamRefused as refused:
        request.session.flash(str(refused), "warning")
        return see_other(request, "team")
    if on:
        request.session.flash(_("They may sign in again."))
        return see_other(request, "team")
    request.session.flash(_("They are signed out everywhere, and may not sign in."))
    # Somebody else should look after their links from now on.
    return see_other(request, "member_links", id=user_id, query={"after": "deactivation"})


@page("team_two_step", permission=MANAGE, method="POST")
def switch_off_two_step(request: Request) -> Any:
    """For somebody who has lost phone and recovery codes."""
    member = _member(request)
    try:
        done = service.switch_off_for(request.app, request.identity, member.id)
    except service.TeamRefused as refused:
        request.session.flash(str(refused), "warning")
        return see_other(request, "team_member", id=member.id)
    if done:
        request.session.flash(
            _("%(name)s signs in with one step now, and is signed out everywhere.", name=member.name)
        )
    return see_other(request, "team_member", id=member.id)


@page("invitation_resend", permission=MANAGE, method="POST")
def resend(request: Request) -> Any:
    """Mail an invitation again, for another week."""
    if address := _new_link(request, service.resend):
        request.session.flash(
            _(
                "The invitation is on its way to %(address)s again. Earlier links stopped working.",
                address=address,
            )
        )
    return see_other(request, "team")


@page("invitation_link", "people/invite_link.jinja2", permission=MANAGE, method="POST")
def copy_link(request: Request) -> Any:
    """Show, once, a link to hand on. The one in the mail goes on working."""
    link = _new_link(request, service.copy_link)
    return {"link": link} if link else see_other(request, "team")


@page("invitation_revoke", permission=MANAGE, method="POST")
def revoke(request: Request) -> Any:
    """Take an invitation back."""
    address = service.revoke(request.app, request.identity, request.matchdict["id"])
    if address is None:
        request.session.flash(_ended(), "warning")
    else:
        request.session.flash(
            _(
                "The invitation of %(address)s is withdrawn. Its link doesn't work any more.",
                address=address,
            )
        )
    return see_other(request, "team")


def _new_link(request: Request, make: Callable[[App, service.Member, str], T | None]) -> T | None:
    """What ``make`` makes of the invitation; None where it doesn't, which the next page then says."""
    invitation, problem = request.matchdict["id"], _ended()
    if wait := request.throttle.hit("invite", invitation):
        problem = _("That was tried too often. Wait %(time)s, then try again.", time=wait_in_words(wait))
    else:
        try:
            if made := make(request.app, request.identity, invitation):
                return made
        except service.TeamRefused as refused:
            problem = str(refused)
    request.session.flash(problem, "warning")
    return None


def _ended() -> str:
    return _("This invitation was accepted or withdrawn meanwhile, or it has expired.")


def _member(request: Request) -> service.TeamMember:
    with request.app.db.unit_of_work(request.identity.tenant_id, read_only=True) as session:
        member = service.get_team_member(session, request.matchdict["id"])
    if member is None:
        raise HTTPNotFound
    return member
