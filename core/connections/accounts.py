"""Connected accounts at payment providers."""

import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.api.errors import CredentialsError, DealpayError, Rejected
from core.api.payments import Account
from core.api.settings import Settings
from core.app import App
from core.audit import service as audit
from core.connections.models import PaymentAccount
from core.connections.vault import (
    NotConnected,
    keep_settings,
    keep_signing_secret,
    open_settings,
    secret_field,
)
from core.db.session import ALL_TENANTS, forbid_open
from core.people.service import Member
from core.plugin_host.ports import PaymentPort

_GONE = "This payment account isn't connected any more."


@dataclass(frozen=True, slots=True)
class Step:
    """One step of connecting an account; ``problem`` is what to do where it failed."""

    name: str
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Connected:
    """A connected account and how the steps after the check of its key went."""

    account_id: str
    steps: tuple[Step, ...]


def connect_account(
    app: App, actor: Member, provider: str, label: str, settings: Settings, *, active: bool = True
) -> Connected:
    """Verify the key, keep it sealed, make the unit product and register our webhook endpoint.

    A wrong key raises CredentialsError and nothing is kept. The two steps after it may fail without
    losing the account; each can be done again from its page. Calls out.
    """
    found = _port(app, provider, settings).validate_credentials()
    account = PaymentAccount(
        tenant_id=actor.tenant_id,
        provider=provider,
        webhook_token=secrets.token_urlsafe(24),
        created_at=app.clock(),
    )
    _describe(app, account, found, settings)
    account.label, account.active = label or found.name, active
    try:
        with app.db.unit_of_work(actor.tenant_id) as session:
            session.add(account)
            audit.record(
                session, "account.connected", account.id, actor_id=actor.user_id, label=account.label
            )
    except IntegrityError:
        raise CredentialsError(
            f"{found.name} ({found.external_id}, {found.mode} mode) is connected already: "
            "open it in the list to replace its key.",
            field=secret_field(settings),
        ) from None
    steps = (
        _step("Unit product", make_unit_product, app, actor, account.id),
        _step("Webhook", register_webhook, app, actor, account.id),
    )
    return Connected(account.id, steps)


def update_account(
    app: App, actor: Member, account_id: str, *, label: str, active: bool, settings: Settings | None
) -> None:
    """Change the label or the switch, or replace the key by another one of the same account.

    Raises CredentialsError for a key of another account or mode, NotConnected. Calls out with a key.
    """
    with app.db.unit_of_work(actor.tenant_id, read_only=True) as session:
        account = _get(session, account_id)
    found = None
    if settings is not None:
        found = _port(app, account.provider, settings).validate_credentials()
        if (found.external_id, found.mode) != (account.external_id, account.mode):
            raise CredentialsError(
                f"This key opens {found.name} ({found.external_id}, {found.mode} mode), and this one "
                f"is {account.external_name} ({account.external_id}, {account.mode} mode). "
                "Add it as another connected account.",
                field=secret_field(settings),
            )
    with app.db.unit_of_work(actor.tenant_id) as session:
        account = _get(session, account_id)
        account.label, account.active = label or account.external_name, active
        if found and settings is not None:
            _describe(app, account, found, settings)
        audit.record(
            session,
            "account.changed",
            account_id,
            actor_id=actor.user_id,
            label=account.label,
            active=active,
            key_replaced=found is not None,
        )
    if found:
        for do in app.key_replaced:
            do(app, actor.tenant_id, account_id)


def make_unit_product(app: App, actor: Member, account_id: str) -> None:
    """Find or make the product of price 1 in the account's currency. Calls out."""
    product = payment_port(app, actor.tenant_id, account_id).ensure_unit_product()
    with app.db.unit_of_work(actor.tenant_id) as session:
        _get(session, account_id).unit_product_ref = product.ref


def register_webhook(app: App, actor: Member, account_id: str) -> None:
    """Find or make our webhook endpoint at the provider, and keep its secret where it is told.

    Raises Rejected where the provider can't reach us, has webhooks added on its own pages only, or has
    our endpoint but tells its secret no more. Calls out.
    """
    with app.db.unit_of_work(actor.tenant_id, read_only=True) as session:
        account = _get(session, account_id)
        known = account.sealed_secrets is not None
    provider = app.plugins.payment_provider(account.provider)
    if "ensure_webhook" not in provider.capabilities:
        raise Rejected(
            "webhook_by_hand",
            f"{provider.name} has webhooks added on its own pages only: add one there with the webhook "
            "URL below, and enter its secret here.",
        )
    if account.mode == "live" and not app.settings.secure:
        raise Rejected(
            "url_not_https",
            "A live account sends webhooks to https addresses only, and this app is reached over http.",
        )
    info = payment_port(app, actor.tenant_id, account_id).ensure_webhook(webhook_url(app, account))
    if info.secret is None and not known:
        raise Rejected(
            "secret_unknown",
            "The endpoint exists at the provider, but its signing secret can't be read again: "
            "copy it from the provider's page and paste it here.",
        )
    with app.db.unit_of_work(actor.tenant_id) as session:
        account = _get(session, account_id)
        account.webhook_ref = info.ref
        if info.secret is not None:
            keep_signing_secret(app, account, info.secret)


def set_signing_secret(app: App, actor: Member, account_id: str, secret: str) -> None:
    """Keep a signing secret that somebody pasted; the one before it goes on being accepted."""
    with app.db.unit_of_work(actor.tenant_id) as session:
        keep_signing_secret(app, _get(session, account_id), secret.strip())
        audit.record(session, "account.secret_set", account_id, actor_id=actor.user_id)


def webhook_url(app: App, account: PaymentAccount) -> str:
    """Where the provider sends this account's events."""
    return f"{app.settings.public_url}/webhooks/{account.provider}/{account.webhook_token}"


def list_accounts(session: Session) -> list[PaymentAccount]:
    """The workspace's payment accounts, oldest first."""
    return list(session.scalars(select(PaymentAccount).order_by(PaymentAccount.id)))


def workspaces_by_provider(session: Session) -> dict[str, int]:
    """How many workspaces have an account of each provider, in a session bound to none."""
    count = func.count(PaymentAccount.tenant_id.distinct())
    rows = session.execute(select(PaymentAccount.provider, count).group_by(PaymentAccount.provider))
    return dict(rows.all())


def count_without_secret(app: App) -> int:
    """How many active accounts of all workspaces have no signing secret."""
    unsigned = select(func.count()).where(PaymentAccount.active, PaymentAccount.sealed_secrets.is_(None))
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        return session.scalar(unsigned) or 0


def get_account(session: Session, account_id: str) -> PaymentAccount | None:
    """One payment account of the workspace."""
    return session.get(PaymentAccount, account_id)


def account_label(session: Session, account_id: str) -> str:
    """What people call the account."""
    return _get(session, account_id).label


def payment_port(app: App, tenant_id: str, account_id: str, **more: Any) -> PaymentPort:
    """The provider of a payment account; ``more`` goes into its context. Raises NotConnected."""
    return opened_account(app, tenant_id, account_id, **more)[1]


def opened_account(
    app: App, tenant_id: str, account_id: str, **more: Any
) -> tuple[PaymentAccount, PaymentPort]:
    """A payment account and its provider; ``more`` goes into the context. Raises NotConnected."""
    account = next(iter(app.db.find(tenant_id, PaymentAccount, id=account_id)), None)
    if account is None:
        raise NotConnected(_GONE)
    forbid_open()
    return account, port_of(app, account, **more)


def port_of(app: App, account: PaymentAccount, **more: Any) -> PaymentPort:
    """The provider of ``account``; ``more`` goes into its context."""
    settings = open_settings(app, account, app.plugins.payment_provider(account.provider).Settings)
    return _port(app, account.provider, settings, account=known_account(account), **more)


def _port(app: App, provider_id: str, settings: Settings, **more: Any) -> PaymentPort:
    provider = app.plugins.payment_provider(provider_id)
    return provider.bind(provider.context(settings, **more))


def known_account(account: PaymentAccount) -> Account:
    """What is known of a payment account, as its provider is told it."""
    return Account(
        external_id=account.external_id,
        name=account.external_name,
        mode=account.mode,
        currency=account.currency,
        country=account.country,
    )


def _get(session: Session, account_id: str) -> PaymentAccount:
    account = session.get(PaymentAccount, account_id)
    if account is None:
        raise NotConnected(_GONE)
    return account


def _describe(app: App, account: PaymentAccount, found: Account, settings: Settings) -> None:
    account.external_id, account.external_name = found.external_id, found.name
    account.mode, account.currency, account.country = found.mode, found.currency, found.country
    account.health, account.last_error, account.checked_at = "ok", None, app.clock()
    if found.missing_permissions:
        account.last_error = "The key lacks: " + ", ".join(found.missing_permissions)
    keep_settings(app, account, settings)


def _step(name: str, do: Any, *args: Any) -> Step:
    try:
        do(*args)
    except Rejected as error:
        return Step(name, error.user_message)
    except DealpayError as error:
        return Step(name, str(error))
    return Step(name)
