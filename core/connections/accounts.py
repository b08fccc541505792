"""Connected accounts at payment providers."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.api.errors import CredentialsError, DealpayError, Rejected
from core.api.payments import Account
from core.api.settings import Settings
from core.api.text import N_, _, show
from core.app import App
from core.audit import service as audit
from core.connections.checkup import Finding, failed, note
from core.connections.defaults import settle_default, take_turns
from core.connections.models import PaymentAccount
from core.connections.vault import (
    NotConnected,
    keep_settings,
    open_settings,
    secret_field,
)
from core.db.session import ALL_TENANTS, forbid_open
from core.people.service import Member
from core.plugin_host.ports import PaymentPort

GONE = N_("This payment account isn't connected any more.")


def update_account(
    app: App, actor: Member, account_id: str, *, label: str, active: bool, settings: Settings | None
) -> None:
    """Change the label or the switch, or replace the key by another one of the same account.

    Raises CredentialsError for a key of another account or mode, NotConnected. Calls out with a key.
    """
    with app.db.unit_of_work(actor.tenant_id, read_only=True) as session:
        account = account_row(session, account_id)
    found = None
    if settings is not None:
        found = port_with_settings(app, account.provider, settings).validate_credentials()
        if (found.external_id, found.mode) != (account.external_id, account.mode):
            raise CredentialsError(
                _(
                    "This key opens %(name)s (%(id)s, %(mode)s), and this one is %(own_name)s "
                    "(%(own_id)s, "
                    "%(own_mode)s). Add it as another connected account.",
                    name=found.name,
                    id=found.external_id,
                    mode=mode_words(found.mode),
                    own_name=account.external_name,
                    own_id=account.external_id,
                    own_mode=mode_words(account.mode),
                ),
                field=secret_field(settings),
            )
    with app.db.unit_of_work(actor.tenant_id) as session:
        take_turns(session, actor.tenant_id)
        account = account_row(session, account_id)
        account.label, account.active = label or account.external_name, active
        if found and settings is not None:
            describe(app, account, found)
            keep_settings(app, account, settings)
        settle_default(session)
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


def make_unit_product(app: App, tenant_id: str, account_id: str) -> None:
    """Find or make the product of price 1 in the account's currency. Raises NotConnected. Calls out."""
    account, port = opened_account(app, tenant_id, account_id)
    try:
        product = port.ensure_unit_product()
    except DealpayError as error:
        with app.db.unit_of_work(tenant_id) as session:
            note(account_row(session, account_id), [failed("unit", error)])
        raise
    with app.db.unit_of_work(tenant_id) as session:
        account = account_row(session, account_id)
        account.unit_product_ref = product.ref
        note(account, [Finding("unit")])


def list_accounts(session: Session) -> list[PaymentAccount]:
    """The workspace's payment accounts, the default one first, the others oldest first; no drafts."""
    by_age = select(PaymentAccount).order_by(PaymentAccount.is_default.desc(), PaymentAccount.id)
    return list(session.scalars(by_age.where(~PaymentAccount.draft)))


def list_drafts(session: Session) -> list[PaymentAccount]:
    """The workspace's drafts of accounts, oldest first."""
    drafts = select(PaymentAccount).where(PaymentAccount.draft).order_by(PaymentAccount.id)
    return list(session.scalars(drafts))


def workspaces_by_provider(session: Session) -> dict[str, int]:
    """How many workspaces have an account of each provider, in a session bound to none."""
    count = func.count(PaymentAccount.tenant_id.distinct())
    rows = session.execute(select(PaymentAccount.provider, count).group_by(PaymentAccount.provider))
    return dict(rows.all())


def count_without_secret(app: App) -> int:
    """How many active accounts of all workspaces have no signing secret."""
    unsigned = select(func.count()).where(
        PaymentAccount.active, ~PaymentAccount.draft, PaymentAccount.sealed_secrets.is_(None)
    )
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        return session.scalar(unsigned) or 0


def delete_account(app: App, actor: Member, account_id: str) -> None:
    """Forget an account with which nothing was ever made, or a draft.

    Raises Rejected for any other, NotConnected.
    """
    try:
        with app.db.unit_of_work(actor.tenant_id) as session:
            take_turns(session, actor.tenant_id)
            account = session.get(PaymentAccount, account_id)
            if account is None:
                raise NotConnected(show(GONE))
            audit.record(
                session, "account.deleted", account_id, actor_id=actor.user_id, label=account.label
            )
            session.delete(account)
            settle_default(session)
    except IntegrityError:
        raise Rejected(
            "account_used",
            _(
                "Links or events of this account are here, and they stay readable: it can't be deleted. "
                "Deactivate it instead."
            ),
        ) from None


def account_url(app: App, account: PaymentAccount) -> str | None:
    """The account in the provider's own dashboard, where its plugin knows the address."""
    provider = app.plugins.payment_providers.get(account.provider)
    if provider is None or "account_url" not in provider.capabilities:
        return None
    try:
        url = port_of(app, account).account_url()
    except DealpayError:
        return None
    return url if url.startswith("https://") else None


def get_account(session: Session, account_id: str) -> PaymentAccount | None:
    """One payment account of the workspace; None for a draft."""
    account = session.get(PaymentAccount, account_id)
    return None if account is None or account.draft else account


def get_draft(session: Session, account_id: str) -> PaymentAccount | None:
    """One draft of the workspace; None for an account that is connected."""
    account = session.get(PaymentAccount, account_id)
    return account if account is not None and account.draft else None


def lock_account(session: Session, account_id: str) -> PaymentAccount | None:
    """The account, while others who ask for it so wait until the transaction ends."""
    return session.get(PaymentAccount, account_id, with_for_update=True)


def account_label(session: Session, account_id: str) -> str:
    """What people call the account."""
    return account_row(session, account_id).label


def payment_port(app: App, tenant_id: str, account_id: str, **more: Any) -> PaymentPort:
    """The provider of a payment account; ``more`` goes into its context. Raises NotConnected."""
    return opened_account(app, tenant_id, account_id, **more)[1]


def opened_account(
    app: App, tenant_id: str, account_id: str, **more: Any
) -> tuple[PaymentAccount, PaymentPort]:
    """A payment account and its provider; ``more`` goes into the context. Raises NotConnected."""
    account = next(iter(app.db.find(tenant_id, PaymentAccount, id=account_id)), None)
    if account is None or account.draft:
        raise NotConnected(show(GONE))
    forbid_open()
    return account, port_of(app, account, **more)


def port_of(app: App, account: PaymentAccount, **more: Any) -> PaymentPort:
    """The provider of ``account``; ``more`` goes into its context."""
    settings = open_settings(app, account, app.plugins.payment_provider(account.provider).Settings)
    return port_with_settings(app, account.provider, settings, account=known_account(account), **more)


def port_with_settings(app: App, provider_id: str, settings: Settings, **more: Any) -> PaymentPort:
    """A provider opened by ``settings``; ``more`` goes into its context."""
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


def account_row(session: Session, account_id: str) -> PaymentAccount:
    """A payment account of the session's workspace. Raises NotConnected, for a draft as well."""
    account = get_account(session, account_id)
    if account is None:
        raise NotConnected(show(GONE))
    return account


def draft_row(session: Session, account_id: str) -> PaymentAccount:
    """A draft of the session's workspace. Raises NotConnected, for a connected account as well."""
    draft = get_draft(session, account_id)
    if draft is None:
        raise NotConnected(_("This draft isn't there any more: it was deleted, or is connected by now."))
    return draft


def describe(app: App, account: PaymentAccount, found: Account) -> None:
    """Write down what the provider says of an account, now that its key works."""
    account.external_id, account.external_name = found.external_id, found.name
    account.mode, account.currency, account.country = found.mode, found.currency, found.country
    account.can_charge = found.can_charge
    account.health, account.last_error, account.checked_at = "ok", None, app.clock()
    if found.missing_permissions:
        account.last_error = _(
            "The key lacks: %(permissions)s", permissions=", ".join(found.missing_permissions)
        )
    note(account, _findings(app, account, found))


def _findings(app: App, account: PaymentAccount, found: Account) -> list[Finding]:
    money, permissions = Finding("money"), Finding("permissions")
    if not found.can_charge:
        name = app.plugins.payment_provider(account.provider).name
        said = _(
            "%(provider)s takes no payments for this account yet. Finish setting it up there, then test "
            "it again.",
            provider=name,
        )
        money = Finding("money", "bad", said, "cannot_charge")
    if found.missing_permissions:
        permissions = Finding(
            "permissions", "warn", account.last_error, "missing", missing=found.missing_permissions
        )
    return [Finding("key"), money, permissions]


def mode_words(mode: str) -> str:
    """The mode of an account in a sentence."""
    return show({"test": N_("test mode"), "live": N_("live mode")}[mode])
