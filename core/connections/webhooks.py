"""What receiving a webhook needs of an account, before its tenant is known."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.app import App
from core.connections.accounts import port_of
from core.connections.models import PaymentAccount
from core.connections.vault import signing_secrets
from core.db.session import ALL_TENANTS
from core.plugin_host.ports import PaymentPort


def account_of_webhook(app: App, provider: str, token: str) -> PaymentAccount | None:
    """The account that a webhook URL belongs to, whoever's it is."""
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        query = select(PaymentAccount).where(
            PaymentAccount.webhook_token == token, PaymentAccount.provider == provider
        )
        return session.scalars(query).one_or_none()


def webhook_port(app: App, account: PaymentAccount) -> tuple[PaymentPort, tuple[str, ...]]:
    """The provider of ``account``, and its signing secrets, newest first."""
    return port_of(app, account), signing_secrets(app, account)


def count_refused(app: App, account: PaymentAccount, reason: str) -> None:
    """Remember that an unverified delivery came in: how many, and why the last one was refused."""
    with app.db.unit_of_work(account.tenant_id) as session:
        session.execute(
            update(PaymentAccount)
            .where(PaymentAccount.id == account.id)
            .values(
                refused_count=PaymentAccount.refused_count + 1,
                refused_reason=reason[:255],
                refused_at=app.clock(),
            )
        )


def saw_event(session: Session, account_id: str, app: App) -> None:
    """Remember when the account's webhook last worked."""
    session.execute(
        update(PaymentAccount).where(PaymentAccount.id == account_id).values(last_event_at=app.clock())
    )
