"""Accepting an invitation, and setting a password by a mailed link. All of it works in the frame."""

from typing import Any

from pyramid.request import Request
from pyramid.security import remember

from core.api.text import _
from core.people import service
from core.people.forms import Join, NewPasswordForm, Resend
from core.people.service import TokenState
from core.people.views.limits import too_often
from core.web.forms import Form
from core.web.pages import PUBLIC, page
from core.web.replies import again, see_other

_STATUS = {TokenState.UNKNOWN: 404, TokenState.USED: 410, TokenState.EXPIRED: 410}


@page("invite", "people/join.jinja2", permission=PUBLIC)
def show_invite(request: Request) -> dict[str, Any]:
    """Who asks whom to join what, and the form that does it."""
    invited = service.look_up_invitation(request.app, request.matchdict["token"])
    request.response.status_int = _STATUS.get(invited.state, 200)
    return _join_page(request, invited, Form(Join, values={"name": invited.name}))


@page("invite", "people/join.jinja2", permission=PUBLIC, method="POST")
def join(request: Request) -> Any:
    """Become a member, and be signed in as one, unless the address is still to be confirmed."""
    token, form = request.matchdict["token"], Form(Join)
    invited = service.look_up_invitation(request.app, token)
    values = _join_page(request, invited, form)
    if invited.state is not TokenState.VALID:
        request.response.status_int = _STATUS[invited.state]
        return values
    asked = form.validate(request.POST)
    if asked is None:
        return again(request, values)
    try:
        joined = service.accept(
            request.app,
            token,
            name=asked.name,
            password=asked.password.get_secret_value(),
            language=request.language_code,
        )
    except service.InviteRefused as refused:
        form.fail(str(refused))
        return again(request, values)
    if not joined.confirmed:
        request.session["address"] = joined.email
        return see_other(request, "check_mail")
    remember(request, joined.user_id)
    request.session.flash(_("Welcome to %(workspace)s.", workspace=joined.workspace))
    return see_other(request, "home")


@page("forgot", "people/forgot.jinja2", permission=PUBLIC)
def show_forgot(request: Request) -> dict[str, Any]:
    """Ask for a mail that sets a new password."""
    return {"form": Form(Resend, values={"email": request.GET.get("email", "")}), "sent": False}


@page("forgot", "people/forgot.jinja2", permission=PUBLIC, method="POST")
def forgot(request: Request) -> Any:
    """The answer is the same whether anybody has the address or not."""
    form = Form(Resend)
    asked = form.validate(request.POST)
    if asked is None:
        return again(request, {"form": form, "sent": False})
    if wait := request.throttle.hit("reset", asked.email.lower()):
        return too_often(request, form, wait, sent=False)
    service.ask_reset(request.app, asked.email)
    return {"form": form, "sent": True}


@page("reset", "people/reset.jinja2", permission=PUBLIC)
def show_reset(request: Request) -> dict[str, Any]:
    """The form for the new password, where the link is good."""
    state = service.token_state(request.app, request.matchdict["token"], service.RESET)
    return _reset_page(request, state, Form(NewPasswordForm))


@page("reset", "people/reset.jinja2", permission=PUBLIC, method="POST")
def reset(request: Request) -> Any:
    """Set the password; every browser has to sign in again."""
    token, form = request.matchdict["token"], Form(NewPasswordForm)
    asked = form.validate(request.POST)
    if asked is None:
        state = service.token_state(request.app, token, service.RESET)
        return again(request, _reset_page(request, state, form))
    try:
        service.reset_password(request.app, token, asked.password.get_secret_value())
    except service.TokenRefused as refused:
        return _reset_page(request, refused.state, form)
    request.session.flash(_("Your password is set. Sign in with it."))
    return see_other(request, "login")


def _join_page(request: Request, invited: service.Invited, form: Form[Any]) -> dict[str, Any]:
    """``crm`` is the one that may say that somebody is the user whom the invitation is for."""
    connector = request.app.plugins.crm_connectors.get(invited.crm or "")
    crm = connector if connector and connector.signs_in else None
    return {"invited": invited, "form": form, "crm": crm}


def _reset_page(request: Request, state: TokenState, form: Form[Any]) -> dict[str, Any]:
    request.response.status_int = _STATUS.get(state, 200)
    return {"state": str(state), "form": form}
