""" "Continue with" a CRM: signing in, or joining, as the user that the CRM says one is.

The access that the CRM gives for this is dropped, but for one case: where the workspace's own access was
given by the same member, or has ended, and the member may manage the CRM. Some CRMs end the access they
gave before when they give it anew, so keeping the old would leave the workspace without any.
"""

from typing import Any

from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.request import Request
from pyramid.security import remember

from core.api.errors import DealpayError
from core.api.text import _
from core.connections import service
from core.connections.views import begun as begun_with
from core.connections.views.begun import JOIN, SIGN_IN, WHICH, connector_of, kept_proof, lead_there
from core.people import service as people
from core.people.service import CrmProof
from core.plugin_host.entries import ConnectorEntry
from core.web.headers import keep_opener
from core.web.pages import PUBLIC, local_path, page
from core.web.replies import problem_of, see_other
from core.web.throttle import wait_in_words

#: Where the window that signs in for a frame comes back to.
_POPUP = "/popup"


@page("continue", permission=PUBLIC)
def start(request: Request) -> Any:
    """Lead to the CRM, to come back signed in. ``next`` is the page that was asked for."""
    connector, target = connector_of(request), local_path(request.GET.get("next"))
    if target.startswith(_POPUP):
        keep_opener(request)
    # Another site must not sign anybody in, not even as themselves.
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        return see_other(request, "login", query={"next": target})
    return _lead(request, connector, SIGN_IN, next=target)


@page("invite_continue", permission=PUBLIC)
def start_joining(request: Request) -> Any:
    """Lead to the CRM, to come back as whoever is invited."""
    connector = connector_of(request)
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        return see_other(request, "invite", token=request.matchdict["token"])
    return _lead(request, connector, JOIN, invitation=request.matchdict["token"])


def finish(request: Request, connector: ConnectorEntry, begun: dict[str, Any]) -> Any:
    """The CRM has led back with a code: find out whose it is, and let them in."""
    begun_with.end(request)
    if begun.get("next", "").startswith(_POPUP):
        keep_opener(request)
    try:
        address = begun_with.redirect_uri(request, connector)
        known = service.who_is(request.app, connector.id, begun["code"], address)
    except DealpayError as error:
        return back(request, begun, problem_of(error).message)
    if known.proof is None:
        name = connector.name
        return back(request, begun, _("%(crm)s doesn't say who you are. Use your e-mail.", crm=name))
    if begun["purpose"] == JOIN:
        return _join(request, begun, known.proof)
    try:
        user_id = people.sign_in_by_crm(
            request.app, known.proof, ip=request.remote_addr, agent=request.user_agent
        )
    except people.SecondStepNeeded as needed:
        # The CRM has vouched for them and may have ended the access it gave before: that can't wait.
        service.renew_by_sign_in(request.app, needed.half["user_id"], connector.id, known)
        request.session.wait_for_code(needed.half)
        return see_other(request, "login_code", query={"next": local_path(begun.get("next"))})
    except people.NoWorkspace:
        return _sign_up(request, connector, known.proof)
    except people.NotAMember:
        begun_with.keep_proof(request, known.proof)
        return see_other(request, "ask_invite", crm=connector.id)
    except people.SignInRefused as refused:
        return back(request, begun, str(refused))
    remember(request, user_id)
    service.renew_by_sign_in(request.app, user_id, connector.id, known)
    return HTTPSeeOther(local_path(begun.get("next")))


def back(request: Request, begun: dict[str, Any], message: str) -> Any:
    """To where it was begun, with a sentence why it came to nothing."""
    request.session.flash(message, "warning")
    if begun.get("purpose") == JOIN:
        return see_other(request, "invite", token=begun["invitation"])
    return see_other(request, "login", query={"next": local_path(begun.get("next"))})


@page("ask_invite", "connections/ask.jinja2", permission=PUBLIC)
def show_ask(request: Request) -> Any:
    """The CRM knows them, and the workspace doesn't: whom to ask."""
    return _ask_page(request)


@page("ask_invite", "connections/ask.jinja2", permission=PUBLIC, method="POST")
def ask(request: Request) -> Any:
    """Mail the workspace's owners and admins."""
    connector = connector_of(request)
    proof = kept_proof(request, connector)
    if proof is None:
        return see_other(request, "login")
    who = f"{proof.crm} {proof.tenant_id} {proof.user_id}"
    if wait := request.throttle.hit("ask-invite", who):
        request.response.status_int = 429
        return _ask_page(
            request, problem=_("You have asked already. Wait %(time)s.", time=wait_in_words(wait))
        )
    people.ask_for_invite(request.app, proof)
    return _ask_page(request, asked=True)


def _ask_page(request: Request, *, asked: bool = False, problem: str = "") -> Any:
    connector = connector_of(request)
    proof = kept_proof(request, connector)
    if proof is None:
        return see_other(request, "login")
    admins = people.admins_to_ask(request.app, proof.crm, proof.tenant_id)
    return {
        "connector": connector,
        "proof": proof,
        "admins": admins,
        "invited": people.invited_as(request.app, proof),
        "asked": asked,
        "problem": problem,
    }


def _lead(request: Request, connector: ConnectorEntry, purpose: str, **more: str) -> Any:
    if not connector.signs_in:
        raise HTTPNotFound
    begun = {"purpose": purpose, **more}
    if wait := request.throttle.hit("crm-sign-in", ""):
        said = _("That was tried too often. Wait %(time)s, then try again.", time=wait_in_words(wait))
        return back(request, begun, said)
    try:
        return lead_there(request, connector, purpose, **more)
    except DealpayError as error:
        return back(request, begun, problem_of(error).message)


def _join(request: Request, begun: dict[str, Any], proof: CrmProof) -> Any:
    token = begun["invitation"]
    try:
        joined = people.accept_by_crm(request.app, token, proof, language=request.language_code)
    except people.InviteRefused as refused:
        return back(request, begun, str(refused))
    if not joined.confirmed:
        request.session["address"] = joined.email
        return see_other(request, "check_mail")
    remember(request, joined.user_id)
    request.session.flash(_("Welcome to %(workspace)s.", workspace=joined.workspace))
    return see_other(request, "home")


def _sign_up(request: Request, connector: ConnectorEntry, proof: CrmProof) -> Any:
    """Nobody has connected this tenant: after the sign-up its page asks whether to.

    Only which CRM it was is remembered. The access that was given is dropped: it isn't kept for somebody
    who may never confirm an address, and the CRM gives it again with one click.
    """
    request.session[WHICH] = connector.id
    request.session["address"] = request.session.get("address") or proof.email or ""
    request.session["name"] = proof.name
    request.session.flash(
        _(
            "%(tenant)s has no workspace in Dealpay yet. Sign up for one, then connect it with one "
            "click.",
            tenant=proof.tenant_name,
        ),
        "warning",
    )
    return see_other(request, "signup", query={"from": connector.plugin_id})
