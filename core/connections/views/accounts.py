"""The pages "Connected accounts" and "Add connected account"."""

from collections.abc import Callable
from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request

from core.api.errors import DealpayError
from core.connections import service
from core.connections.forms import AccountForm, SigningSecretForm
from core.connections.models import PaymentAccount
from core.inbox import service as inbox
from core.people.roles import Permission
from core.plugin_host.entries import ProviderEntry
from core.tenants import service as tenants
from core.web.forms import Form
from core.web.pages import page
from core.web.replies import again, problem_of, see_other

MANAGE = Permission.ACCOUNTS_MANAGE


@page("accounts", "connections/accounts.jinja2", permission=MANAGE)
def index(request: Request) -> dict[str, Any]:
    """The accounts, each with what is to be done about it."""
    return {
        "accounts": service.list_accounts(request.db),
        "providers": request.app.plugins.payment_providers,
        "webhook_url": lambda account: service.webhook_url(request.app, account),
    }


@page("account_new", "connections/account_new.jinja2", permission=MANAGE, method=("GET", "POST"))
def new(request: Request) -> Any:
    """Add a connected account: its key is checked with the provider before it is kept."""
    providers = _providers_on(request)
    provider = providers.get(_provider_asked_for(request, providers))
    values: dict[str, Any] = {"providers": providers, "provider": provider}
    if provider is None:
        return values
    about, key = Form(AccountForm), Form(provider.Settings, prefix="key-")
    values |= {"about": about, "key": key}
    if request.method == "GET":
        return values
    described, settings = about.validate(request.POST), key.validate(request.POST)
    if described is None or settings is None:
        return again(request, values)
    try:
        connected = service.connect_account(
            request.app,
            request.identity,
            provider.id,
            described.label,
            settings,
            active=described.active,
        )
    except DealpayError as error:
        key.fail(problem_of(error))
        return again(request, values)
    request.session.flash("The account is connected.")
    for step in connected.steps:
        if step.problem:
            request.session.flash(f"{step.name}: {step.problem}", "warning")
    return see_other(request, "account", id=connected.account_id)


def _providers_on(request: Request) -> dict[str, ProviderEntry]:
    """The providers that the workspace hasn't switched off."""
    with request.app.db.unit_of_work(request.identity.tenant_id, read_only=True) as session:
        off = tenants.plugins_off(request.app, session)
    known = request.app.plugins.payment_providers
    return {id: provider for id, provider in known.items() if provider.plugin_id not in off}


def _provider_asked_for(request: Request, providers: dict[str, ProviderEntry]) -> str:
    """Where none is named, that of the newest account, or else the first of all."""
    if asked := request.params.get("provider"):
        return str(asked)
    with request.app.db.unit_of_work(request.identity.tenant_id, read_only=True) as session:
        used = [account.provider for account in service.list_accounts(session)]
    return next((id for id in (*reversed(used), *providers) if id in providers), "")


@page("account", "connections/account.jinja2", permission=MANAGE)
def show(request: Request) -> dict[str, Any]:
    """One account: its webhook, its key, its label."""
    return _values(request, _account(request))


@page("account", "connections/account.jinja2", permission=MANAGE, method="POST")
def edit(request: Request) -> Any:
    """Change the label and the Active switch."""
    account = _account(request)
    about = Form(AccountForm)
    described = about.validate(request.POST)
    if described is None:
        return again(request, _values(request, account, about=about))
    service.update_account(
        request.app,
        request.identity,
        account.id,
        label=described.label,
        active=described.active,
        settings=None,
    )
    request.session.flash("Saved.")
    return see_other(request, "account", id=account.id)


@page("account_active", permission=MANAGE, method="POST")
def switch(request: Request) -> Any:
    """The Active switch in the list."""
    account, active = _account(request), request.POST.get("active") == "on"
    service.update_account(
        request.app, request.identity, account.id, label=account.label, active=active, settings=None
    )
    request.session.flash(f"{account.label} is {'active' if active else 'inactive'} now.")
    return see_other(request, "accounts")


@page("account_key", "connections/account.jinja2", permission=MANAGE, method="POST")
def replace_key(request: Request) -> Any:
    """Replace the key by another one of the same account."""
    account = _account(request)
    key = _key_form(request, account)
    settings = key.validate(request.POST) if key else None
    if key is None or settings is None:
        return again(request, _values(request, account, key=key))
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
        return again(request, _values(request, account, key=key))
    request.session.flash("The new key is in use.")
    return see_other(request, "account", id=account.id)


@page("account_secret", "connections/account.jinja2", permission=MANAGE, method="POST")
def paste_secret(request: Request) -> Any:
    """Keep a signing secret that somebody copied from the provider."""
    account, secret = _account(request), Form(SigningSecretForm)
    pasted = secret.validate(request.POST)
    if pasted is None:
        return again(request, _values(request, account, secret=secret))
    service.set_signing_secret(
        request.app, request.identity, account.id, pasted.secret.get_secret_value()
    )
    request.session.flash("The signing secret is kept. Events signed with it are taken from now on.")
    return see_other(request, "account", id=account.id)


@page("account_webhook", permission=MANAGE, method="POST")
def register_webhook(request: Request) -> Any:
    """Have our webhook endpoint made at the provider."""
    return _step(request, service.register_webhook, "The webhook is registered.")


@page("account_unit_product", permission=MANAGE, method="POST")
def make_unit_product(request: Request) -> Any:
    """Have the product of price 1 made at the provider."""
    return _step(request, service.make_unit_product, "The unit product is there.")


def _step(request: Request, do: Callable[..., None], done: str) -> Any:
    account = _account(request)
    try:
        do(request.app, request.identity, account.id)
        request.session.flash(done)
    except DealpayError as error:
        request.session.flash(problem_of(error).message, "warning")
    return see_other(request, "account", id=account.id)


def _account(request: Request) -> PaymentAccount:
    with request.app.db.unit_of_work(request.identity.tenant_id, read_only=True) as session:
        account = service.get_account(session, request.matchdict["id"])
    if account is None:
        raise HTTPNotFound
    return account


def _key_form(request: Request, account: PaymentAccount) -> Form[Any] | None:
    """None where the provider's plugin is gone: the account can be read, not changed."""
    provider = request.app.plugins.payment_providers.get(account.provider)
    return Form(provider.Settings, prefix="key-") if provider else None


def _values(request: Request, account: PaymentAccount, **forms: Any) -> dict[str, Any]:
    about = Form(AccountForm, values={"label": account.label, "active": account.active})
    return {
        "account": account,
        "provider": request.app.plugins.payment_providers.get(account.provider),
        "webhook_url": service.webhook_url(request.app, account),
        "deliveries": inbox.deliveries(request.app, request.identity.tenant_id, account.id),
        "about": about,
        "key": _key_form(request, account),
        "secret": Form(SigningSecretForm),
        **forms,
    }
