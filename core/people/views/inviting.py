"""Inviting people: one or a list of them, by address or as users of the CRM."""

from dataclasses import dataclass
from typing import Any

from pyramid.request import Request

from core.api.actions import Problem
from core.api.records import CrmUser
from core.api.text import _, ngettext
from core.people import service
from core.people.forms import Invite
from core.people.roles import Permission, Role
from core.people.service import CrmPerson, Invitee, Typed
from core.people.views.picking import Picker
from core.web.forms import Form
from core.web.pages import page
from core.web.replies import again, see_other
from core.web.throttle import wait_in_words


@dataclass(slots=True)
class _Line:
    """Somebody who was typed or chosen: ``said`` names them, ``problem`` is why they aren't invited."""

    said: str
    typed: str = ""
    invitee: Invitee | None = None
    problem: str | None = None

    @property
    def crm_user_id(self) -> str | None:
        return self.invitee.crm_user.id if self.invitee and self.invitee.crm_user else None


@page("team_new", "people/invite.jinja2", permission=Permission.MEMBERS_MANAGE)
def show_invite(request: Request) -> dict[str, Any]:
    """Whom to invite: users of the CRM, or anybody with an address."""
    return _values(_form(), Picker(request, several=True))


@page("team_new", "people/invite.jinja2", permission=Permission.MEMBERS_MANAGE, method="POST")
def invite(request: Request) -> Any:
    """Mail the invitations. Whoever can't be invited stays in the form, with the reason."""
    form, picker = _form(), Picker(request, several=True)
    if picker.searching:
        form.read(request.POST)
        return _values(form, picker)
    chosen = picker.chosen()
    asked = form.validate(request.POST)
    if asked is None or picker.problem:
        return again(request, _values(form, picker))
    lines = _lines(service.read_addresses(asked.email), chosen, picker.crm_name or "")
    if not 0 < len(lines) <= service.MOST:
        form.fail(Problem(_how_many(len(lines)), "email"))
        return again(request, _values(form, picker))
    try:
        wait = _invite(request, lines, asked.role)
    except service.TeamRefused as refused:
        form.fail(service.problem(refused))
        return again(request, _values(form, picker))
    left = [line for line in lines if line.problem]
    if not left:
        request.session.flash(_sent(lines))
        return see_other(request, "team")
    for line in left:
        form.fail(_("%(who)s: %(problem)s", who=line.said, problem=line.problem))
    typed = [line.typed for line in left if line.typed]
    form.prefer("email", "\n".join(typed))
    if typed:
        form.fail(Problem(_("Correct these or take them out, then send again."), "email"))
    picker.leave({line.crm_user_id for line in left})
    values = _values(form, picker, [line.said for line in lines if not line.problem])
    if wait:
        request.response.headers["Retry-After"] = str(wait)
    again(request, values)
    request.response.status_int = 429 if wait else 422
    return values


def _lines(typed: list[Typed], chosen: list[CrmUser], crm: str) -> list[_Line]:
    """Everybody once. A user of the CRM is invited by the address that the CRM has, or by one that was
    typed with the same name."""
    by_name = {one.name.casefold(): one for one in typed if one.email and one.name}
    by_email = {one.email: one for one in typed if one.email}
    names = [one.name.casefold() for one in chosen]
    lines, done, addresses = list[_Line](), set[str](), set[str]()
    for user in chosen:
        name, email = user.name.casefold(), (user.email or "").lower()
        named = by_name.get(name) if names.count(name) == 1 else None
        match = named or by_email.get(email)
        person, address = CrmPerson(user.id, user.name), (match and match.email) or email
        if match:
            done.add(match.text)
        line = _Line(address or user.name, match.text if match else "")
        line.invitee = Invitee(address, user.name, person)
        if not address or address in addresses:
            line.said = user.name
            line.problem = _(
                "There is no address of their own in %(crm)s. Type one with the name: %(example)s.",
                crm=crm,
                example=f"{user.name} <name@example.com>",
            )
        addresses.add(address)
        lines.append(line)
    for one in typed:
        if one.text in done:
            continue
        if one.email:
            lines.append(_Line(one.email, one.text, Invitee(one.email, one.name)))
        else:
            problem = _("Enter an e-mail address such as name@example.com.")
            lines.append(_Line(one.text, one.text, None, problem))
    return lines


def _invite(request: Request, lines: list[_Line], role: Role) -> int:
    """Invite those who can be, and note in their lines why the others can't. How many seconds to wait,
    where nobody was invited because of too many tries; else 0.

    Raises TeamRefused."""
    good = {line.invitee.email: line for line in lines if line.invitee and not line.problem}
    waits = request.throttle.hit_each("invite", list(good))
    for email, wait in waits.items():
        if wait:
            good[email].problem = _(
                "That was tried too often. Wait %(time)s, then try again.", time=wait_in_words(wait)
            )
    invitees = [line.invitee for line in good.values() if line.invitee and not line.problem]
    refused = service.invite(request.app, request.identity, invitees, role=role)
    for email, problem in refused.items():
        good[email].problem = problem
    return max(waits.values(), default=0) if not invitees else 0


def _how_many(count: int) -> str:
    if not count:
        return _("Enter an e-mail address, or choose a user of the CRM.")
    return _(
        "That would be %(count)s people. At most %(most)s are invited at once: take some out, and "
        "invite them next.",
        count=count,
        most=service.MOST,
    )


def _sent(lines: list[_Line]) -> str:
    if len(lines) == 1:
        return _(
            "The invitation is on its way to %(address)s. It is good for 7 days.", address=lines[0].said
        )
    return ngettext(
        "%(num)s invitation is on its way. It is good for 7 days.",
        "%(num)s invitations are on their way. They are good for 7 days.",
        len(lines),
    )


def _form() -> Form[Invite]:
    return Form(Invite, values={"role": Role.REP})


def _values(form: Form[Invite], picker: Picker, invited: list[str] | None = None) -> dict[str, Any]:
    form["email"].required = not picker.offered
    return {"form": form, "picker": picker, "invited": invited or [], "most": service.MOST}
