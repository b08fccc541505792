"""What is done with one account: its key, its webhook, its place among the others, its end."""

from collections.abc import Callable
from typing import Any

from pyramid.request import Request

from core.api.errors import DealpayError
from core.api.text import _, ngettext
from core.connections import service
from core.connections.forms import SigningSecretForm
from core.connections.views.accounts import (
    MANAGE,
    account_of,
    account_values,
    key_form,
    lead_to,
    open_links,
)
from core.links import service as links
from core.people.service import Member
from core.web.forms import Form
from core.web.pages import page
from core.web.replies import again, problem_of, see_other


@page("account_check", permission=MANAGE, method="POST")
def check(request: Request) -> Any:
    """Check the key of a draft, which its provider gave no answer about."""
    try:
        connected = service.check_draft(request.app, request.identity, request.matchdict["id"])
    except DealpayError as error:
        request.session.flash(problem_of(error).message, "warning")
        return see_other(request, "accounts")
    return lead_to(request, connected)


@page("account_test", permission=MANAGE, method="POST")
def test(request: Request) -> Any:
    """Look at the key and the webhook by calls that change nothing."""
    account = account_of(request)
    service.examine_account(request.app, request.identity, account.id)
    request.session.flash(_("The account was tested. What was found is below."))
    return see_other(request, "account", id=account.id)


@page("account_default", permission=MANAGE, method="POST")
def make_default(request: Request) -> Any:
    """Make new links with this account, unless somebody chooses another."""
    account = account_of(request)
    try:
        service.make_default(request.app, request.identity, account.id)
    except DealpayError as error:
        request.session.flash(problem_of(error).message, "warning")
    else:
        request.session.flash(
            _("New links are made with %(label)s unless another account is chosen.", label=account.label)
        )
    return see_other(request, "accounts")


@page("account_active", permission=MANAGE, method="POST")
def switch(request: Request) -> Any:
    """The Active switch in the list; where links are open, what becomes of them is asked first."""
    account, active = account_of(request), request.POST.get("active") == "on"
    if account.active and not active and open_links(request, account):
        return see_other(request, "account_deactivate", id=account.id)
    _activate(request, account.id, account.label, active)
    return see_other(request, "accounts")


@page("account_deactivate", "connections/account_deactivate.jinja2", permission=MANAGE)
def ask(request: Request) -> dict[str, Any]:
    """What is to become of the open links?"""
    account = account_of(request)
    return {
        "account": account,
        "provider": request.app.plugins.payment_providers.get(account.provider),
        "count": open_links(request, account),
        "can_close": links.can_close(request.app, account),
    }


@page("account_deactivate", permission=MANAGE, method="POST")
def deactivate(request: Request) -> Any:
    """Switch the account off; its open links stay payable, or are taken back one by one."""
    account = account_of(request)
    _activate(request, account.id, account.label, False)
    if request.POST.get("links") == "close":
        count = links.close_links(request.app, request.identity, account.id)
        request.session.flash(
            ngettext(
                "%(num)s link is being deactivated at the provider.",
                "%(num)s links are being deactivated at the provider.",
                count,
            )
        )
    return see_other(request, "account", id=account.id)


@page("account_delete", permission=MANAGE, method="POST")
def delete(request: Request) -> Any:
    """Forget a draft, or an account with which nothing was ever made."""
    account = account_of(request, or_draft=True)
    name = service.draft_name(request.app, account)
    try:
        service.delete_account(request.app, request.identity, account.id)
    except DealpayError as error:
        request.session.flash(problem_of(error).message, "warning")
        return see_other(request, "account", id=account.id)
    request.session.flash(_("%(label)s is deleted.", label=name))
    return see_other(request, "accounts")


@page("account_key", "connections/account.jinja2", permission=MANAGE, method="POST")
def replace_key(request: Request) -> Any:
    """Replace the key by another one of the same account."""
    account = account_of(request)
    key = key_form(request, account)
    settings = key.validate(request.POST) if key else None
    if key is None or settings is None:
        return again(request, account_values(request, account, key=key))
    try:
        service.update_account(
            request.app,
            request.identity,
            account.id,
            label=account.label,
            active=account.active,
            settings=settings,
        )
    except DealpayError as error:
        key.fail(problem_of(error))
        return again(request, account_values(request, account, key=key))
    request.session.flash(_("The new key is in use."))
    return see_other(request, "account", id=account.id)


@page("account_secret", "connections/account.jinja2", permission=MANAGE, method="POST")
def paste_secret(request: Request) -> Any:
    """Keep a signing secret that somebody copied from the provider."""
    account, secret = account_of(request), Form(SigningSecretForm)
    pasted = secret.validate(request.POST)
    if pasted is None:
        return again(request, account_values(request, account, secret=secret))
    service.set_signing_secret(
        request.app, request.identity, account.id, pasted.secret.get_secret_value()
    )
    request.session.flash(_("The signing secret is kept. Events signed with it are taken from now on."))
    return see_other(request, "account", id=account.id)


@page("account_renew", permission=MANAGE, method="POST")
def renew_secret(request: Request) -> Any:
    """Have the provider sign with a new secret; the old one is accepted for some days."""
    return _step(request, service.renew_secret, request.identity, _("There is a new signing secret."))


@page("account_old_secret", permission=MANAGE, method="POST")
def end_old_secret(request: Request) -> Any:
    """Accept the old signing secret no more."""
    return _step(
        request,
        service.end_old_secret,
        request.identity,
        _("The old signing secret isn't accepted any more."),
    )


@page("account_webhook", permission=MANAGE, method="POST")
def register_webhook(request: Request) -> Any:
    """Have our webhook endpoint made at the provider."""
    return _step(
        request, service.register_webhook, request.identity.tenant_id, _("The webhook is registered.")
    )


@page("account_unit_product", permission=MANAGE, method="POST")
def make_unit_product(request: Request) -> Any:
    """Have the product of price 1 made at the provider."""
    return _step(
        request, service.make_unit_product, request.identity.tenant_id, _("The unit product is there.")
    )


def _activate(request: Request, account_id: str, label: str, active: bool) -> None:
    service.update_account(
        request.app, request.identity, account_id, label=label, active=active, settings=None
    )
    request.session.flash(
        _("%(label)s is active now.", label=label)
        if active
        else _("%(label)s is inactive now.", label=label)
    )


def _step(request: Request, do: Callable[..., None], whose: Member | str, done: str) -> Any:
    account = account_of(request)
    try:
        do(request.app, whose, account.id)
        request.session.flash(done)
    except DealpayError as error:
        request.session.flash(problem_of(error).message, "warning")
    return see_other(request, "account", id=account.id)
