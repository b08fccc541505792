"""Two-step sign-in: the page that asks for a code after the password, and the one that sets it up."""

from collections.abc import Callable
from typing import Any, TypeVar

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.security import remember

from core.api.text import _, ngettext
from core.people import service
from core.people.forms import BeginTwoStep, ChangeTwoStep, FirstCode, SecondStep
from core.people.views.continuing import asked_for, onward
from core.people.views.limits import too_often, waits
from core.web.forms import Form
from core.web.pages import PUBLIC, page
from core.web.qr import qr_picture
from core.web.replies import again, see_other
from core.web.sessions import HALF

#: In the session: an app that is being set up.
_BEGUN = "two_step"
T = TypeVar("T")


def ask_code(request: Request, half: dict[str, Any]) -> Any:
    """After the first step: on to the page that asks for the second."""
    asked_for(request)
    request.session.wait_for_code(half)
    return see_other(request, "login_code", query=_query(request))


@page("login_code", "people/login_code.jinja2", permission=PUBLIC)
def show_code(request: Request) -> Any:
    """The form, for whoever has just taken the first step; others begin with that."""
    if request.identity:
        return HTTPSeeOther(asked_for(request))
    if not service.is_waiting(request.app, request.session.get(HALF)):
        return _begin_again(request)
    return _code_page(request, Form(SecondStep))


@page("login_code", "people/login_code.jinja2", permission=PUBLIC, method="POST")
def take_code(request: Request) -> Any:
    """Be signed in, and go on to the page that was asked for."""
    form, half = Form(SecondStep), request.session.get(HALF)
    if not service.is_waiting(request.app, half):
        return _begin_again(request)
    asked = form.validate(request.POST)
    if asked is None:
        return again(request, _code_page(request, form))
    if wait := request.throttle.hit("code", half["user_id"]):
        return _code_page(request, form) | too_often(request, form, wait)
    try:
        user_id, left = service.take_second_step(
            request.app, half, asked.code, ip=request.remote_addr, agent=request.user_agent
        )
    except service.CodeRefused as refused:
        form.fail(service.problem(refused))
        return again(request, _code_page(request, form))
    except service.SignInRefused as refused:
        return _begin_again(request, str(refused))
    request.throttle.forgive("code", user_id)
    remember(request, user_id)
    if left is not None:
        request.session.flash(_used(left), "warning")
    return HTTPSeeOther(onward(request))


@page("two_step", "people/two_step.jinja2")
def show(request: Request) -> dict[str, Any]:
    """Off, being set up, or on."""
    return _values(request)


@page("two_step", "people/two_step.jinja2", method="POST")
def change(request: Request) -> Any:
    """One of the page's buttons: ``what`` says which."""
    changes = {"begin": _begin, "confirm": _confirm, "codes": _renew_codes, "off": _switch_off}
    change = changes.get(request.POST.get("what", ""))
    return change(request) if change else again(request, _values(request))


def _begin(request: Request) -> Any:
    form = Form(BeginTwoStep)
    asked = form.validate(request.POST)
    if asked is None or waits(request, form):
        return again(request, _values(request, begin=form))
    password = asked.password.get_secret_value()
    try:
        begun = service.begin_two_step(request.app, request.identity, password)
    except service.AccountRefused as refused:
        form.fail(service.problem(refused))
        return again(request, _values(request, begin=form))
    request.session[_BEGUN] = begun
    return see_other(request, "two_step")


def _confirm(request: Request) -> Any:
    form, begun = Form(FirstCode), request.session.get(_BEGUN)
    if service.shared_secret(request.app, request.identity, begun) is None:
        request.session.flash(_("Setting it up took too long, or is done. Look below."), "warning")
        return see_other(request, "two_step")
    asked = form.validate(request.POST)
    if asked is None:
        return again(request, _values(request, confirm=form))
    try:
        codes = service.switch_on(request.app, request.identity, begun, asked.code, request.session.id)
    except (service.AccountRefused, service.CodeRefused) as refused:
        form.fail(service.problem(refused))
        return again(request, _values(request, confirm=form))
    del request.session[_BEGUN]
    return _values(request, codes=codes, new=True)


def _renew_codes(request: Request) -> Any:
    def shown(codes: list[str]) -> Any:
        return _values(request, codes=codes)

    return _by_both(request, service.renew_codes, shown)


def _switch_off(request: Request) -> Any:
    def away(_none: None) -> Any:
        request.session.flash(_("Two-step sign-in is off. You sign in with one step."), "warning")
        return see_other(request, "my_account")

    return _by_both(request, service.switch_off, away)


def _by_both(request: Request, change: Callable[..., T], done: Callable[[T], Any]) -> Any:
    """``change`` something, for whoever has the password and a code."""
    form = Form(ChangeTwoStep)
    asked = form.validate(request.POST)
    if asked is None or waits(request, form, "code"):
        return again(request, _values(request, prove=form))
    password = asked.password.get_secret_value()
    try:
        made = change(request.app, request.identity, password, asked.code)
    except (service.AccountRefused, service.CodeRefused) as refused:
        form.fail(service.problem(refused))
        return again(request, _values(request, prove=form))
    return done(made)


def _values(request: Request, **more: Any) -> dict[str, Any]:
    member, begun = request.identity, request.session.get(_BEGUN)
    with request.app.db.unit_of_work(member.tenant_id, read_only=True) as session:
        two_step = service.two_step_of(session, member.user_id)
        has_password = service.has_password(session, member.user_id)
    shared = None if two_step else service.shared_secret(request.app, member, begun)
    return {
        "two_step": two_step,
        "has_password": has_password,
        "shared": shared,
        "picture": shared and qr_picture(shared.address, _("QR code for your authenticator app")),
        "begin": Form(BeginTwoStep),
        "confirm": Form(FirstCode),
        "prove": Form(ChangeTwoStep),
        "codes": [],
        "new": False,
        "now": request.app.clock(),
        **more,
    }


def _code_page(request: Request, form: Form[Any]) -> dict[str, Any]:
    return {"form": form, "target": asked_for(request)}


def _begin_again(request: Request, why: str = "") -> Any:
    asked_for(request)
    request.session.pop(HALF, None)
    why = why or _("This sign-in took too long, or was ended. Sign in again.")
    request.session.flash(why, "warning")
    return see_other(request, "login", query=_query(request))


def _query(request: Request) -> dict[str, str] | None:
    """The page that was asked for goes along."""
    return {"next": request.GET["next"]} if "next" in request.GET else None


def _used(left: int) -> str:
    return ngettext(
        "You have used a recovery code: %(num)s is left. Make new ones under “Your account”.",
        "You have used a recovery code: %(num)s are left. Make new ones under “Your account”.",
        left,
    )
