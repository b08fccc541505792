"""How a connection's credentials last did."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import update

from core.api.errors import CredentialsError, NotSent
from core.api.text import _
from core.app import App
from core.connections import renewal
from core.connections.accounts import opened_account
from core.connections.crm import opened_crm
from core.connections.models import CrmConnection, PaymentAccount
from core.plugin_host.ports import CrmPort, PaymentPort

#: How exactly the time of the last good call is kept.
_GOOD_FOR = timedelta(minutes=15)


@contextmanager
def watched_crm(app: App, tenant_id: str, *, in_job: bool = False) -> Iterator[CrmPort]:
    """The workspace's CRM; whether it took the credentials during the calls inside is written down.

    ``in_job`` where nobody waits for the answer. Raises NotConnected.
    """
    connection, port = opened_crm(app, tenant_id, in_job=in_job)
    with _watched(app, connection):
        yield port


@contextmanager
def watched_account(app: App, tenant_id: str, account_id: str, **more: Any) -> Iterator[PaymentPort]:
    """The provider of an account; whether it took the key during the calls inside is written down.

    ``more`` goes into its context. Raises NotConnected.
    """
    account, port = opened_account(app, tenant_id, account_id, **more)
    with _watched(app, account):
        yield port


@contextmanager
def _watched(app: App, row: CrmConnection | PaymentAccount) -> Iterator[None]:
    try:
        yield
    except CredentialsError as error:
        if isinstance(row, CrmConnection) and row.auth == "oauth" and renewal.refused(app, row):
            raise NotSent(
                _("The CRM has ended our access early. It is renewed now: try again.")
            ) from error
        _set_health(app, row, "failing", str(error))
        raise
    # Nearly always it was well a moment ago and is well now, and there is nothing to write.
    if row.health != "ok" or app.clock() - row.checked_at > _GOOD_FOR:
        _set_health(app, row, "ok", None)


def _set_health(app: App, row: CrmConnection | PaymentAccount, health: str, problem: str | None) -> None:
    model = type(row)
    with app.db.unit_of_work(row.tenant_id) as session:
        session.execute(
            update(model)
            .where(model.id == row.id)
            .values(health=health, last_error=problem, checked_at=app.clock())
        )
