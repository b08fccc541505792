"""Adding an account. Where its provider gives no answer, it is a draft until there is one."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.api.errors import CredentialsError, DealpayError, NotSent
from core.api.payments import Account
from core.api.settings import Settings, reveal
from core.api.text import _
from core.app import App
from core.audit import service as audit
from core.connections.accounts import (
    describe,
    draft_row,
    list_drafts,
    mode_words,
    port_with_settings,
)
from core.connections.checkup import failed, note
from core.connections.defaults import settle_default, take_turns
from core.connections.models import PaymentAccount
from core.connections.vault import NotConnected, keep_settings, open_settings, secret_field
from core.people.service import Member

#: What ISO 4217 has for no currency at all.
_NO_CURRENCY = "XXX"


def add_account(
    app: App, actor: Member, provider: str, label: str, settings: Settings, *, active: bool
) -> PaymentAccount:
    """Ask the provider about a key and keep it sealed, as a new account or as a draft.

    Raises CredentialsError for a wrong key and for an account that is connected already; then nothing is
    kept. Calls out. Another workspace may have the same account, and nobody is told so: events are
    matched by their link.
    """
    account = PaymentAccount(
        tenant_id=actor.tenant_id,
        provider=provider,
        label=label,
        active=active,
        webhook_token=secrets.token_urlsafe(24),
        created_at=app.clock(),
    )
    keep_settings(app, account, settings)
    try:
        found = port_with_settings(app, provider, settings).validate_credentials()
    except NotSent as error:
        _make_draft(app, account, error)
        with app.db.unit_of_work(actor.tenant_id) as session:
            take_turns(session, actor.tenant_id)
            _forget_drafts(app, session, account, settings)
            session.add(account)
            detail = {"provider": provider, "label": label}
            audit.record(session, "account.draft_kept", account.id, actor_id=actor.user_id, **detail)
    else:
        with _connecting(app, actor.tenant_id, found, settings) as session:
            _connect(app, session, account, found, settings, actor.user_id)
    return account


def check_key(app: App, tenant_id: str, account_id: str, actor_id: str | None = None) -> None:
    """Ask the provider about the key of a draft; where it opens an account, the draft becomes that.

    Raises what the provider says, which the draft remembers, and NotConnected where there is no such
    draft any more. Calls out.
    """
    with app.db.unit_of_work(tenant_id, read_only=True) as session:
        draft = draft_row(session, account_id)
    settings = open_settings(app, draft, app.plugins.payment_provider(draft.provider).Settings)
    try:
        found = port_with_settings(app, draft.provider, settings).validate_credentials()
        with _connecting(app, tenant_id, found, settings) as session:
            _connect(app, session, draft_row(session, account_id), found, settings, actor_id)
    except NotConnected:
        raise
    except DealpayError as error:
        with app.db.unit_of_work(tenant_id) as session:
            _make_draft(app, draft_row(session, account_id), error)
        raise


@contextmanager
def _connecting(app: App, tenant_id: str, found: Account, settings: Settings) -> Iterator[Session]:
    """A transaction that makes an account of what was ``found``; an account is there once."""
    try:
        with app.db.unit_of_work(tenant_id) as session:
            take_turns(session, tenant_id)
            yield session
    except IntegrityError:
        raise CredentialsError(
            _(
                "%(name)s (%(id)s, %(mode)s) is connected already: open it in the list to replace "
                "its key.",
                name=found.name,
                id=found.external_id,
                mode=mode_words(found.mode),
            ),
            field=secret_field(settings),
        ) from None


def _connect(
    app: App,
    session: Session,
    account: PaymentAccount,
    found: Account,
    settings: Settings,
    actor_id: str | None,
) -> None:
    describe(app, account, found)
    account.label = account.label or found.name
    _forget_drafts(app, session, account, settings)
    session.add(account)
    audit.record(session, "account.connected", account.id, actor_id=actor_id, label=account.label)
    settle_default(session)


def _make_draft(app: App, account: PaymentAccount, error: DealpayError) -> None:
    """Keep what came of asking: to be asked again, unless the key was refused."""
    account.health, account.checked_at = "unchecked", app.clock()
    account.external_id, account.external_name = account.id, ""
    account.mode, account.currency = "test", _NO_CURRENCY
    note(account, [failed("key", error, "warn" if isinstance(error, NotSent) else "bad")])


def _forget_drafts(app: App, session: Session, account: PaymentAccount, settings: Settings) -> None:
    """A form that is sent twice, or once more later, leaves no second draft with the same key."""
    for draft in list_drafts(session):
        if draft.provider == account.provider and draft.id != account.id:
            kept = open_settings(app, draft, type(settings))
            if reveal(kept) == reveal(settings):
                session.delete(draft)
