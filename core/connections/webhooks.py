"""What receiving a webhook needs of an account, before its tenant is known."""

import time
from dataclasses import dataclass, field

from sqlalchemy import select, update

from core.app import App
from core.connections.accounts import port_of
from core.connections.models import PaymentAccount
from core.connections.vault import RECEIVERS, signing_secrets
from core.db.session import ALL_TENANTS
from core.plugin_host.ports import PaymentPort

#: What was read about an account goes for so long: a changed secret takes effect within it.
_REMEMBERED = 5.0  # seconds
_MOST = 1000
#: The time of an account's last event needn't be exact, and writing it has every delivery wait for
#: the one before.
_SEEN_EVERY = 15.0  # seconds


@dataclass(slots=True)
class Receiver:
    """An account as its webhook needs it: opened, and put together.

    ``secrets`` are its signing secrets, newest first. The port is used by several threads at once.
    """

    account_id: str
    tenant_id: str
    port: PaymentPort
    secrets: tuple[str, ...] = field(repr=False)
    read_at: float


def receiver(app: App, provider: str, token: str, *, fresh: bool = False) -> Receiver | None:
    """The account that a webhook URL belongs to, whoever's it is; ``fresh`` as it is at this moment.

    Raises Unsupported where the provider's plugin is gone.
    """
    kept: dict[tuple[str, str], Receiver] = app.remembered.setdefault(RECEIVERS, {})
    found = kept.get((provider, token))
    if found and not fresh and time.monotonic() < found.read_at + _REMEMBERED:
        return found
    kept.pop((provider, token), None)
    found = _read(app, provider, token)
    if found:
        if len(kept) >= _MOST:
            kept.clear()
        kept[provider, token] = found
    return found


def _read(app: App, provider: str, token: str) -> Receiver | None:
    read_at = time.monotonic()
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        query = select(PaymentAccount).where(
            PaymentAccount.webhook_token == token,
            PaymentAccount.provider == provider,
            ~PaymentAccount.draft,
        )
        account = session.scalars(query).one_or_none()
    if account is None:
        return None
    port, secrets = port_of(app, account), signing_secrets(app, account)
    return Receiver(account.id, account.tenant_id, port, secrets, read_at)


def count_refused(app: App, provider: str, token: str, reason: str) -> None:
    """Remember that an unverified delivery came in: how many, and why the last one was refused."""
    with app.db.unit_of_work(ALL_TENANTS) as session:
        session.execute(
            update(PaymentAccount)
            .where(PaymentAccount.webhook_token == token, PaymentAccount.provider == provider)
            .values(
                refused_count=PaymentAccount.refused_count + 1,
                refused_reason=reason[:255],
                refused_at=app.clock(),
            )
        )


def saw_event(app: App, tenant_id: str, account_id: str) -> None:
    """Remember when the account's webhook last worked, some seconds more or less."""
    seen: dict[str, float] = app.remembered.setdefault("connections.seen", {})
    now = time.monotonic()
    if now < seen.get(account_id, float("-inf")) + _SEEN_EVERY:
        return
    with app.db.unit_of_work(tenant_id) as session:
        session.execute(
            update(PaymentAccount)
            .where(PaymentAccount.id == account_id)
            .values(last_event_at=app.clock())
        )
    seen[account_id] = now
