"""How a connection's credentials last did."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import update

from core.api.errors import CredentialsError
from core.app import App
from core.connections.models import CrmConnection, PaymentAccount


@contextmanager
def watched_crm(app: App, tenant_id: str) -> Iterator[None]:
    """Write down whether the CRM took the credentials during the calls inside."""
    with _watched(app, tenant_id, CrmConnection, CrmConnection.tenant_id == tenant_id):
        yield


@contextmanager
def watched_account(app: App, tenant_id: str, account_id: str) -> Iterator[None]:
    """Write down whether the provider took the account's key during the calls inside."""
    with _watched(app, tenant_id, PaymentAccount, PaymentAccount.id == account_id):
        yield


@contextmanager
def _watched(app: App, tenant_id: str, model: type[Any], which: Any) -> Iterator[None]:
    try:
        yield
    except CredentialsError as error:
        _set_health(app, tenant_id, model, which, "failing", str(error))
        raise
    _set_health(app, tenant_id, model, which & (model.health != "ok"), "ok", None)


def _set_health(
    app: App, tenant_id: str, model: type[Any], which: Any, health: str, problem: str | None
) -> None:
    with app.db.unit_of_work(tenant_id) as session:
        session.execute(
            update(model).where(which).values(health=health, last_error=problem, checked_at=app.clock())
        )
