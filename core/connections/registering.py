"""Our webhook endpoint at the provider, and the secret that signs what it sends."""

from collections.abc import Callable
from dataclasses import replace

from core.api.errors import DealpayError, Rejected
from core.api.payments import WebhookInfo
from core.api.text import _
from core.app import App
from core.audit import service as audit
from core.connections.accounts import account_row, opened_account
from core.connections.checkup import Finding, failed, note
from core.connections.endpoints import told
from core.connections.models import PaymentAccount
from core.connections.vault import NotConnected, forget_old_secret, keep_signing_secret, signing_secrets
from core.people.service import Member
from core.plugin_host.entries import ProviderEntry
from core.plugin_host.ports import PaymentPort


def webhook_url(app: App, account: PaymentAccount) -> str:
    """Where the provider sends this account's events."""
    return f"{app.settings.public_url}/webhooks/{account.provider}/{account.webhook_token}"


def register_webhook(app: App, tenant_id: str, account_id: str) -> None:
    """Find or make our webhook endpoint at the provider, and keep its secret where it is told.

    Raises Rejected where the provider can't reach us, has webhooks added on its own pages only, has our
    endpoint but tells its secret no more, or lets the account have no more endpoints. Calls out.
    """

    def ensure(port: PaymentPort, account: PaymentAccount) -> WebhookInfo:
        info = port.ensure_webhook(webhook_url(app, account), account.webhook_ref)
        if info.secret is None and account.sealed_secrets is None:
            raise _SecretUnknown(info)
        return info

    _at_provider(app, tenant_id, account_id, "ensure_webhook", ensure)


def renew_secret(app: App, actor: Member, account_id: str) -> None:
    """Have the provider sign with a new secret; the old one is accepted for some days. Calls out."""

    def renew(port: PaymentPort, account: PaymentAccount) -> WebhookInfo:
        return port.renew_webhook(webhook_url(app, account), account.webhook_ref)

    _at_provider(app, actor.tenant_id, account_id, "renew_webhook", renew)
    with app.db.unit_of_work(actor.tenant_id) as session:
        audit.record(session, "account.secret_renewed", account_id, actor_id=actor.user_id)


def set_signing_secret(app: App, actor: Member, account_id: str, secret: str) -> None:
    """Keep a signing secret that somebody pasted; the one before it goes on being accepted a while."""
    with app.db.unit_of_work(actor.tenant_id) as session:
        account = account_row(session, account_id)
        keep_signing_secret(app, account, secret.strip(), "pasted")
        note(account, [Finding("secret")])
        audit.record(session, "account.secret_set", account_id, actor_id=actor.user_id)


def end_old_secret(app: App, actor: Member, account_id: str) -> None:
    """Accept the signing secret before the newest no more."""
    with app.db.unit_of_work(actor.tenant_id) as session:
        forget_old_secret(app, account_row(session, account_id))
        audit.record(session, "account.old_secret_ended", account_id, actor_id=actor.user_id)


def accepts_old_secret(app: App, account: PaymentAccount) -> bool:
    """Whether two signing secrets of the account are accepted now."""
    return len(signing_secrets(app, account)) > 1


class _SecretUnknown(Rejected):
    """The endpoint is there, and nobody here knows its secret."""

    def __init__(self, info: WebhookInfo):
        super().__init__(
            "secret_unknown",
            _(
                "The endpoint exists at the provider, but its signing secret can't be read again: "
                "copy it from the provider's page and paste it here."
            ),
        )
        self.info = info


def _at_provider(
    app: App,
    tenant_id: str,
    account_id: str,
    verb: str,
    do: Callable[[PaymentPort, PaymentAccount], WebhookInfo],
) -> None:
    """What came of it is in the account's report, and its secret, where one was told, is kept."""
    account, port = opened_account(app, tenant_id, account_id)
    provider = app.plugins.payment_provider(account.provider)
    try:
        _check_reachable(app, account, provider, verb)
        info = do(port, account)
    except _SecretUnknown as error:
        # It was found, and that is worth knowing: a pasted secret is all that is missing.
        _keep(app, tenant_id, account_id, error.info, failed("secret", error), Finding("webhook"))
        raise
    except NotConnected:
        raise
    except DealpayError as error:
        _note(app, tenant_id, account_id, _told_of_limit(app, port, account, failed("webhook", error)))
        raise
    _keep(app, tenant_id, account_id, info, Finding("webhook"), Finding("secret"))


def _check_reachable(app: App, account: PaymentAccount, provider: ProviderEntry, verb: str) -> None:
    if verb not in provider.capabilities:
        raise Rejected(
            "webhook_by_hand",
            _(
                "%(provider)s has webhooks added on its own pages only: add one there with the webhook "
                "URL below, and enter its secret here.",
                provider=provider.name,
            ),
        )
    if account.mode == "live" and not app.settings.secure:
        raise Rejected(
            "url_not_https",
            _(
                "A live account sends webhooks to https addresses only, and this app is reached over "
                "http. "
                "Whoever operates this Dealpay sets dealpay.public_url to an https address."
            ),
        )


def _told_of_limit(app: App, port: PaymentPort, account: PaymentAccount, found: Finding) -> Finding:
    """Where the account may have no more endpoints: with those that it has."""
    if found.code != "endpoint_limit":
        return found
    try:
        return replace(found, endpoints=told(app, port.list_webhooks(), account.provider))
    except DealpayError:
        return found


def _keep(app: App, tenant_id: str, account_id: str, info: WebhookInfo, *findings: Finding) -> None:
    with app.db.unit_of_work(tenant_id) as session:
        account = account_row(session, account_id)
        account.webhook_ref = info.ref
        if info.secret is not None:
            keep_signing_secret(app, account, info.secret, "provider")
        note(account, findings)


def _note(app: App, tenant_id: str, account_id: str, finding: Finding) -> None:
    with app.db.unit_of_work(tenant_id) as session:
        note(account_row(session, account_id), [finding])
