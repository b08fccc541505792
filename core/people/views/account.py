"""One's own account: name, password, address, and where one is signed in."""

from typing import Any

from pyramid.request import Request

from core.api.actions import Choice
from core.api.text import _, ngettext
from core.people import service
from core.people.agents import described
from core.people.forms import ChangeAddress, ChangePassword, Choices, Profile
from core.people.service import TokenState
from core.people.views.limits import waits
from core.people.zones import zone_choices
from core.web.forms import Form
from core.web.languages import accepted
from core.web.pages import PUBLIC, page
from core.web.replies import again, see_other


@page("my_account", "people/account.jinja2")
def show(request: Request) -> dict[str, Any]:
    """All of it on one page."""
    return _values(request)


@page("my_account", "people/account.jinja2", method="POST")
def change(request: Request) -> Any:
    """One of the page's forms: ``what`` says which."""
    what = request.POST.get("what")
    changes = {
        "name": _rename,
        "choices": _choose,
        "password": _change_password,
        "address": _change_address,
    }
    change = changes.get(what or "")
    if change is None:
        return again(request, _values(request))
    return change(request)


@page("my_sessions", method="POST")
def end_sessions(request: Request) -> Any:
    """End one session, or all but this one."""
    here, only = request.session.id, request.POST.get("session")
    count = service.end_sessions(request.app, request.identity, only=only, keep=None if only else here)
    request.session.flash(
        ngettext("%(num)s browser is signed out.", "%(num)s browsers are signed out.", count)
    )
    return see_other(request, "my_account")


@page("new_address", "people/address.jinja2", permission=PUBLIC)
def show_address(request: Request) -> dict[str, Any]:
    """A button, since programs that scan mail follow links but press no buttons."""
    state = service.token_state(request.app, request.matchdict["token"], service.ADDRESS)
    return _address_page(request, state)


@page("new_address", "people/address.jinja2", permission=PUBLIC, method="POST")
def confirm_address(request: Request) -> Any:
    """From now on the new address is the member's; the old one is told."""
    try:
        address = service.confirm_new_address(request.app, request.matchdict["token"])
    except service.TokenRefused as refused:
        return _address_page(request, refused.state)
    request.session.flash(_("Your e-mail address is %(address)s now.", address=address))
    return see_other(request, "my_account")


def _rename(request: Request) -> Any:
    form = Form(Profile, prefix="name-")
    asked = form.validate(request.POST)
    if asked is None:
        return again(request, _values(request, profile=form))
    service.rename(request.app, request.identity, asked.name)
    request.session.flash(_("Your name is changed."))
    return see_other(request, "my_account")


def _choose(request: Request) -> Any:
    member = request.identity
    with request.app.db.unit_of_work(member.tenant_id, read_only=True) as session:
        _language, _timezone, workspace_zone = service.own_choices(session, member.user_id)
    form = _choices_form(request, workspace_zone)
    asked = form.validate(request.POST)
    if asked is None:
        return again(request, _values(request, choices=form))
    service.choose(request.app, member, language=asked.language or None, timezone=asked.timezone or None)
    with request.app.languages.speaking(asked.language or request.app.languages.best(accepted(request))):
        request.session.flash(_("Your language and time zone are saved."))
    return see_other(request, "my_account")


def _choices_form(
    request: Request, workspace_zone: str, values: dict[str, str] | None = None
) -> Form[Choices]:
    def options(name: str, draft: dict[str, str]) -> list[Choice]:
        if name == "language":
            return [Choice(code, spoken) for code, spoken in request.app.languages.names().items()]
        return zone_choices(request.app.clock())

    form = Form(Choices, values=values, options=options, prefix="choices-")
    form["timezone"].placeholder = _("As the workspace: %(zone)s", zone=workspace_zone)
    return form


def _change_password(request: Request) -> Any:
    form = Form(ChangePassword, prefix="password-")
    asked = form.validate(request.POST)
    if asked is None or waits(request, form):
        return again(request, _values(request, password=form))
    current, new = asked.current.get_secret_value(), asked.password.get_secret_value()
    try:
        service.change_password(request.app, request.identity, current, new, request.session.id)
    except service.AccountRefused as refused:
        form.fail(service.problem(refused))
        return again(request, _values(request, password=form))
    request.session.flash(_("Your password is changed. Your other browsers are signed out."))
    return see_other(request, "my_account")


def _change_address(request: Request) -> Any:
    form = Form(ChangeAddress, prefix="address-")
    asked = form.validate(request.POST)
    if asked is None or waits(request, form):
        return again(request, _values(request, address=form))
    password = asked.password.get_secret_value()
    try:
        service.ask_address(request.app, request.identity, asked.email, password)
    except service.AccountRefused as refused:
        form.fail(service.problem(refused))
        return again(request, _values(request, address=form))
    request.session.flash(
        _("Open the link in the mail to %(address)s. Until then nothing changes.", address=asked.email)
    )
    return see_other(request, "my_account")


def _values(request: Request, **forms: Form[Any]) -> dict[str, Any]:
    member = request.identity
    with request.app.db.unit_of_work(member.tenant_id, read_only=True) as session:
        signed_in = service.sessions_of(session, member.user_id)
        language, timezone, workspace_zone = service.own_choices(session, member.user_id)
        has_password = service.has_password(session, member.user_id)
        two_step = service.two_step_of(session, member.user_id)
    chosen = {"language": language or "", "timezone": timezone or ""}
    return {
        "profile": Form(Profile, values={"name": member.name}, prefix="name-"),
        "choices": _choices_form(request, workspace_zone, chosen),
        "has_password": has_password,
        "two_step": two_step,
        "password": Form(ChangePassword, prefix="password-"),
        "address": Form(ChangeAddress, prefix="address-"),
        "sessions": signed_in,
        "here": request.session.id,
        "described": described,
        **forms,
    }


def _address_page(request: Request, state: TokenState) -> dict[str, Any]:
    request.response.status_int = 200 if state is TokenState.VALID else 410
    return {"state": str(state)}
