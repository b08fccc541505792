"""How far the events of an account have been read, and when they are read next."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, or_, update

from core.app import App
from core.connections.models import PaymentAccount
from core.connections.rounds import AccountRef, accounts_by

#: Who began a reading and never came back is taken for dead; then it is another's turn.
_LEASE = timedelta(minutes=15)
#: How many are taken up in one round at most: a limited time sees to the rest.
_AT_ONCE = 2000


def accounts_to_sweep(app: App) -> list[AccountRef]:
    """The accounts whose events are due to be read, at providers that can tell them."""
    able = [
        id for id, entry in app.plugins.payment_providers.items() if "list_events" in entry.capabilities
    ]
    return accounts_by(
        app,
        PaymentAccount.sweep_at,
        PaymentAccount.sweep_at <= app.clock(),
        PaymentAccount.provider.in_(able),
        limit=_AT_ONCE,
    )


def begin_sweep(app: App, tenant_id: str, account_id: str) -> bool:
    """Take an account that is due; False where another was quicker."""
    take = update(PaymentAccount).where(
        PaymentAccount.id == account_id, PaymentAccount.sweep_at <= app.clock()
    )
    with app.db.unit_of_work(tenant_id) as session:
        return bool(session.execute(take.values(sweep_at=app.clock() + _LEASE)).rowcount)  # type: ignore[attr-defined]


def swept(app: App, tenant_id: str, account_id: str, to: datetime, next_at: datetime) -> None:
    """All events before ``to`` are here. The time before which they are never goes back."""
    later = or_(PaymentAccount.swept_to.is_(None), PaymentAccount.swept_to < to)
    _write(
        app,
        tenant_id,
        account_id,
        swept_to=case((later, to), else_=PaymentAccount.swept_to),
        sweep_at=next_at,
        sweep_rest=None,
        sweep_problem=None,
    )


def sweep_cut_short(
    app: App,
    tenant_id: str,
    account_id: str,
    *,
    rest: dict[str, Any] | None,
    next_at: datetime,
    problem: str | None = None,
) -> None:
    """Some events were not read, for a ``problem`` where one is told; ``rest`` is where to go on."""
    _write(app, tenant_id, account_id, sweep_at=next_at, sweep_rest=rest, sweep_problem=problem)


def _write(app: App, tenant_id: str, account_id: str, **values: Any) -> None:
    with app.db.unit_of_work(tenant_id) as session:
        session.execute(update(PaymentAccount).where(PaymentAccount.id == account_id).values(**values))
