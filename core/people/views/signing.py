"""Signing up, confirming the address, signing in and out. All of it works inside the CRM's frame."""

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import forget, remember

from core.api.text import _, show
from core.people import service
from core.people.forms import Resend, SignIn, SignUp
from core.people.tokens import TokenState
from core.people.views.continuing import POPUP, asked_for, onward, ways_in
from core.people.views.limits import too_often
from core.people.views.two_step import ask_code
from core.plugin_host.plugin import State
from core.web.forms import Form
from core.web.headers import keep_opener
from core.web.pages import PUBLIC, local_path, page
from core.web.replies import again, see_other

#: In the session: the address that a confirmation was last asked for, to fill it in.
_ADDRESS = "address"
#: In the session: the name that a CRM knows whoever signs up by.
_NAME = "name"

_STATUS = {TokenState.UNKNOWN: 404, TokenState.USED: 410, TokenState.EXPIRED: 410}


@page("signup", "people/signup.jinja2", permission=PUBLIC)
def show_sign_up(request: Request) -> Any:
    """The form. ``?from=<plugin id>`` comes from the place where Dealpay was just installed."""
    if request.identity:
        return see_other(request, "home")
    known = {name: request.session.get(name, "") for name in (_NAME, _ADDRESS)}
    form = Form(SignUp, values={"name": known[_NAME], "email": known[_ADDRESS]})
    return _sign_up_page(request, form)


@page("signup", "people/signup.jinja2", permission=PUBLIC, method="POST")
def sign_up(request: Request) -> Any:
    """The answer is the same whether the address is new or known: its holder gets a mail."""
    form = Form(SignUp)
    asked = form.validate(request.POST)
    if asked is None:
        return again(request, _sign_up_page(request, form))
    if wait := request.throttle.hit("sign-up", asked.email.lower()):
        return _sign_up_page(request, form) | too_often(request, form, wait)
    service.sign_up(
        request.app,
        name=asked.name,
        email=asked.email,
        password=asked.password.get_secret_value(),
        language=request.language_code,
    )
    request.session.pop(_NAME, None)
    request.session[_ADDRESS] = asked.email
    return see_other(request, "check_mail")


@page("check_mail", "people/check_mail.jinja2", permission=PUBLIC)
def show_check_mail(request: Request) -> dict[str, Any]:
    """What to do now, and the form that has the mail sent again."""
    address = request.session.get(_ADDRESS)
    return {"form": Form(Resend, values={"email": address or ""}), "address": address}


@page("check_mail", "people/check_mail.jinja2", permission=PUBLIC, method="POST")
def resend(request: Request) -> Any:
    """Mail the link again. The answer doesn't tell whether anybody waits for it."""
    form, address = Form(Resend), request.session.get(_ADDRESS)
    asked = form.validate(request.POST)
    if asked is None:
        return again(request, {"form": form, "address": address})
    if wait := request.throttle.hit("resend", asked.email.lower()):
        return too_often(request, form, wait, address=address)
    service.resend_confirmation(request.app, asked.email)
    request.session[_ADDRESS] = asked.email
    request.session.flash(_("If this address waits for confirmation, a new link is on its way."))
    return see_other(request, "check_mail")


@page("verify", "people/verify.jinja2", permission=PUBLIC)
def show_verify(request: Request) -> dict[str, Any]:
    """A button, since programs that scan mail follow links but press no buttons."""
    return _verify_page(
        request, service.token_state(request.app, request.matchdict["token"], service.CONFIRM)
    )


@page("verify", "people/verify.jinja2", permission=PUBLIC, method="POST")
def verify(request: Request) -> Any:
    """Confirm the address; it works in another browser than the one that signed up."""
    try:
        service.confirm_address(request.app, request.matchdict["token"])
    except service.TokenRefused as refused:
        return _verify_page(request, refused.state)
    request.session.flash(_("Your e-mail address is confirmed. Sign in to begin."))
    return see_other(request, "login")


@page("login", "people/login.jinja2", permission=PUBLIC)
def show_sign_in(request: Request) -> Any:
    """The form; ``?next=`` is the page that was asked for."""
    if request.identity:
        return HTTPSeeOther(asked_for(request))
    return _sign_in_page(request, Form(SignIn, values={"email": request.session.get(_ADDRESS, "")}))


@page("login", "people/login.jinja2", permission=PUBLIC, method="POST")
def sign_in(request: Request) -> Any:
    """Sign in and go on to the page that was asked for."""
    form = Form(SignIn)
    values = _sign_in_page(request, form)
    asked = form.validate(request.POST)
    if asked is None:
        return again(request, values)
    address = asked.email.lower()
    if wait := request.throttle.hit("sign-in", address):
        return values | too_often(request, form, wait)
    password = asked.password.get_secret_value()
    try:
        user_id = service.sign_in(
            request.app,
            email=address,
            password=password,
            ip=request.remote_addr,
            agent=request.user_agent,
        )
    except service.SecondStepNeeded as needed:
        request.throttle.forgive("sign-in", address)
        return ask_code(request, needed.half)
    except service.NotConfirmed as refused:
        request.session[_ADDRESS] = asked.email
        request.session.flash(str(refused), "warning")
        return see_other(request, "check_mail")
    except service.SignInRefused as refused:
        form.fail(str(refused))
        return again(request, values)
    request.throttle.forgive("sign-in", address)
    remember(request, user_id)
    return HTTPSeeOther(onward(request))


@page("logout", "people/logout.jinja2")
def show_sign_out(request: Request) -> dict[str, Any]:
    """A button: a link alone must not sign anybody out."""
    return {}


@page("logout", method="POST")
def sign_out(request: Request) -> Response:
    """End this session; those of other browsers go on. ``next`` is where to be after signing in."""
    forget(request)
    request.session.flash(_("You are signed out."))
    next_page = request.POST.get("next")
    if next_page and next_page.startswith(POPUP):
        keep_opener(request)
    return see_other(request, "login", query={"next": local_path(next_page)} if next_page else None)


def _sign_up_page(request: Request, form: Form[Any]) -> dict[str, Any]:
    return {"form": form, "installed_in": _installed_in(request), **ways_in(request)}


def _sign_in_page(request: Request, form: Form[Any]) -> dict[str, Any]:
    return {"form": form, **ways_in(request)}


def _verify_page(request: Request, state: TokenState) -> dict[str, Any]:
    request.response.status_int = _STATUS.get(state, 200)
    return {"state": str(state), "form": Form(Resend)}


def _installed_in(request: Request) -> str | None:
    """The name of the plugin that sent a person here."""
    plugin = request.plugins.plugin(request.GET.get("from", ""))
    if plugin is None or plugin.state is not State.ACTIVE:
        return None
    return show(plugin.manifest.name)
