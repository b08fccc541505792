"""The pages "Connected accounts" and "Add connected account", and the page of one account."""

from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request

from core.api.errors import DealpayError
from core.api.text import _
from core.connections import service
from core.connections.forms import AccountForm, SigningSecretForm
from core.connections.models import PaymentAccount
from core.inbox import service as inbox
from core.links import service as links
from core.people.roles import Permission
from core.plugin_host.entries import ProviderEntry
from core.tenants import service as tenants
from core.web.forms import Form
from core.web.pages import page
from core.web.replies import again, problem_of, see_other

MANAGE = Permission.ACCOUNTS_MANAGE


@page("accounts", "connections/accounts.jinja2", permission=MANAGE)
def index(request: Request) -> dict[str, Any]:
    """The accounts, each with how it is and what is to be done about it."""
    app, providers = request.app, request.app.plugins.payment_providers
    return {
        "accounts": service.list_accounts(request.db),
        "drafts": service.drafts(app, request.db),
        "providers": providers,
        "open_links": links.open_links_by_account(request.db),
        "webhook_url": lambda account: service.webhook_url(app, account),
        "problems": lambda account: service.problems(account, providers.get(account.provider)),
        "account_url": lambda account: service.account_url(app, account),
    }


@page("account_new", "connections/account_new.jinja2", permission=MANAGE, method=("GET", "POST"))
def new(request: Request) -> Any:
    """Add a connected account: its key is checked with the provider, and kept unless it is refused."""
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
    return lead_to(request, connected)


def lead_to(request: Request, connected: service.Connected) -> Any:
    """On to what came of a key: the page of its account, or the list with its draft."""
    if connected.steps is None:
        request.session.flash(
            _("There was no answer, so the key is not checked yet. It is kept, and tried again."),
            "warning",
        )
        return see_other(request, "accounts")
    request.session.flash(_("The account is connected."))
    if any(step.problem for step in connected.steps):
        request.session.flash(_("Not every step went well: see below what is to be done."), "warning")
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
        accounts = sorted(service.list_accounts(session), key=lambda one: one.id, reverse=True)
    used = [account.provider for account in accounts]
    return next((id for id in (*used, *providers) if id in providers), "")


@page("account", "connections/account.jinja2", permission=MANAGE)
def show(request: Request) -> dict[str, Any]:
    """One account: how it is, its webhook, its key, its label."""
    return account_values(request, account_of(request))


@page("account", "connections/account.jinja2", permission=MANAGE, method="POST")
def edit(request: Request) -> Any:
    """Change the label and the Active switch."""
    account = account_of(request)
    about = Form(AccountForm)
    described = about.validate(request.POST)
    if described is None:
        return again(request, account_values(request, account, about=about))
    asks = account.active and not described.active and open_links(request, account)
    service.update_account(
        request.app,
        request.identity,
        account.id,
        label=described.label,
        active=bool(described.active or asks),
        settings=None,
    )
    if asks:
        return see_other(request, "account_deactivate", id=account.id)
    request.session.flash(_("Saved."))
    return see_other(request, "account", id=account.id)


def account_of(request: Request, *, or_draft: bool = False) -> PaymentAccount:
    """The account that the address names. Raises HTTPNotFound, for a draft unless one will do."""
    with request.app.db.unit_of_work(request.identity.tenant_id, read_only=True) as session:
        id = request.matchdict["id"]
        account = service.get_account(session, id)
        if account is None and or_draft:
            account = service.get_draft(session, id)
    if account is None:
        raise HTTPNotFound
    return account


def open_links(request: Request, account: PaymentAccount) -> int:
    """How many links of the account take payments."""
    with request.app.db.unit_of_work(request.identity.tenant_id, read_only=True) as session:
        return links.open_links_of(session, account.id)


def key_form(request: Request, account: PaymentAccount) -> Form[Any] | None:
    """None where the provider's plugin is gone: the account can be read, not changed."""
    provider = request.app.plugins.payment_providers.get(account.provider)
    return Form(provider.Settings, prefix="key-") if provider else None


def account_values(request: Request, account: PaymentAccount, **forms: Any) -> dict[str, Any]:
    """What the page of an account shows, with the ``forms`` that something is wrong with."""
    about = Form(AccountForm, values={"label": account.label, "active": account.active})
    provider = request.app.plugins.payment_providers.get(account.provider)
    with request.app.db.unit_of_work(request.identity.tenant_id, read_only=True) as session:
        closings = links.closings_of(session, account.id)
        still_open = links.open_links_of(session, account.id)
    return {
        "account": account,
        "provider": provider,
        "webhook_url": service.webhook_url(request.app, account),
        "account_url": service.account_url(request.app, account),
        "deliveries": inbox.deliveries(request.app, request.identity.tenant_id, account.id),
        "rows": service.rows(account, provider),
        "missing": service.missing_permissions(account),
        "unused": service.UNUSED,
        "two_secrets": service.accepts_old_secret(request.app, account),
        "closings": closings,
        "open_links": still_open,
        "about": about,
        "key": key_form(request, account),
        "secret": Form(SigningSecretForm),
        **forms,
    }
