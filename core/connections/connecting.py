"""Connecting an account, step by step, and looking at one again with calls that change nothing."""

from collections.abc import Callable
from dataclasses import dataclass

from core.api.errors import CredentialsError, DealpayError, Rejected
from core.api.settings import Settings
from core.api.text import _
from core.app import App
from core.connections.accounts import (
    account_row,
    describe,
    make_unit_product,
    mode_words,
    opened_account,
)
from core.connections.adding import add_account
from core.connections.checkup import Finding, failed, note
from core.connections.endpoints import judged
from core.connections.models import PaymentAccount
from core.connections.registering import register_webhook, webhook_url
from core.people.service import Member
from core.plugin_host.ports import PaymentPort


@dataclass(frozen=True, slots=True)
class Step:
    """One step of connecting an account; ``problem`` is what to do where it failed."""

    name: str
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Connected:
    """A connected account and how the steps after the check of its key went.

    ``steps`` is None for a draft: its provider gave no answer, so nothing more was tried.
    """

    account_id: str
    steps: tuple[Step, ...] | None


def connect_account(
    app: App, actor: Member, provider: str, label: str, settings: Settings, *, active: bool = True
) -> Connected:
    """Verify the key, keep it sealed, make the unit product and register our webhook endpoint.

    A wrong key raises CredentialsError and nothing is kept. Without an answer the key is kept as a
    draft. The two steps after it may fail without losing the account; each can be done again from its
    page. Calls out.
    """
    account = add_account(app, actor, provider, label, settings, active=active)
    if account.draft:
        return Connected(account.id, None)
    return take_steps(app, actor.tenant_id, account.id)


def take_steps(app: App, tenant_id: str, account_id: str) -> Connected:
    """What is done once with an account whose key was checked. Calls out."""
    steps = (
        _step("Unit product", make_unit_product, app, tenant_id, account_id),
        _step("Webhook", register_webhook, app, tenant_id, account_id),
    )
    return Connected(account_id, steps)


def examine_account(app: App, actor: Member, account_id: str) -> bool:
    """Look at an account again by calls that change nothing; whether its key works.

    What each of them has found is in its report. Raises NotConnected. Calls out.
    """
    account, port = opened_account(app, actor.tenant_id, account_id)
    try:
        found = port.validate_credentials()
        if (found.external_id, found.mode) != (account.external_id, account.mode):
            raise CredentialsError(
                _(
                    "The key opens %(name)s (%(id)s, %(mode)s) now. Replace it by one of this account.",
                    name=found.name,
                    id=found.external_id,
                    mode=mode_words(found.mode),
                )
            )
    except DealpayError as error:
        # Where the provider only gave no answer, the key is as good as it was.
        refused = isinstance(error, CredentialsError)
        with app.db.unit_of_work(actor.tenant_id) as session:
            account = account_row(session, account_id)
            note(account, [failed("key", error, "bad" if refused else "warn")])
            if refused:
                account.health, account.last_error = "failing", str(error)
                account.checked_at = app.clock()
        return False
    webhook = _webhook(app, account, port)
    with app.db.unit_of_work(actor.tenant_id) as session:
        account = account_row(session, account_id)
        describe(app, account, found)
        note(account, webhook)
    return True


def _webhook(app: App, account: PaymentAccount, port: PaymentPort) -> list[Finding]:
    """What the provider says of our endpoint; nothing where it can't be asked."""
    provider = app.plugins.payment_provider(account.provider)
    if "list_webhooks" not in provider.capabilities:
        return []
    try:
        listed = port.list_webhooks()
    except DealpayError as error:
        return [failed("webhook", error, "warn")]
    return [judged(listed, webhook_url(app, account), account.webhook_ref, provider)]


def _step(name: str, do: Callable[[App, str, str], None], app: App, tenant_id: str, id: str) -> Step:
    try:
        do(app, tenant_id, id)
    except Rejected as error:
        return Step(name, error.user_message)
    except DealpayError as error:
        return Step(name, str(error))
    return Step(name)
