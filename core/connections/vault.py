"""Credentials of connections, sealed into their rows."""

import json
from datetime import timedelta
from typing import Any, Literal

from pydantic import SecretStr
from sqlalchemy import select

from core.api.errors import DealpayError
from core.api.settings import Settings, reveal, secret_fields
from core.app import App
from core.connections.models import CrmConnection, PaymentAccount
from core.db.sealing import SealBroken
from core.db.session import ALL_TENANTS, forbid_open
from core.plugin_host.ports import CrmPort

Row = CrmConnection | PaymentAccount

#: Under this name webhooks.py keeps what it has opened.
RECEIVERS = "connections.receivers"

#: How long the signing secret before the newest is accepted: for as long as a provider goes on sending
#: what was signed with it (Stripe: three days).
OVERLAP = timedelta(days=3)


class NotConnected(DealpayError):
    """There is no such connection, or it is switched off; the message says what to do."""


def keep_settings(app: App, row: Row, settings: Settings) -> None:
    """Seal ``settings`` into ``row``, with a hint of their secret to tell them by."""
    row.sealed_settings = _seal(app, row, "sealed_settings", reveal(settings))
    row.hint = _hint(settings)


def open_settings(app: App, row: Row, model: type[Settings]) -> Settings:
    """The settings kept in ``row``."""
    values: dict[str, Any] = _open(app, row, "sealed_settings", row.sealed_settings)
    return model(**values)


def signing_secrets(app: App, account: PaymentAccount) -> tuple[str, ...]:
    """The signing secrets of an account that are accepted now, newest first."""
    if account.sealed_secrets is None:
        return ()
    kept = tuple(_open(app, account, "sealed_secrets", account.sealed_secrets))
    over = account.old_secret_until is not None and account.old_secret_until <= app.clock()
    return kept[:1] if over else kept


def keep_signing_secret(
    app: App, account: PaymentAccount, secret: str, source: Literal["provider", "pasted"]
) -> None:
    """Make ``secret`` the newest one. The one before is accepted for a while: while a secret is rolled,
    either signs."""
    before = signing_secrets(app, account)
    if before[:1] == (secret,):
        return
    kept = [secret, *(old for old in before if old != secret)][:2]
    account.sealed_secrets = _seal(app, account, "sealed_secrets", kept)
    account.secret_source, account.secret_set_at = source, app.clock()
    account.old_secret_until = app.clock() + OVERLAP if len(kept) > 1 else None
    app.remembered.pop(RECEIVERS, None)


def forget_old_secret(app: App, account: PaymentAccount) -> None:
    """Accept the newest signing secret only."""
    newest = signing_secrets(app, account)[:1]
    account.sealed_secrets = _seal(app, account, "sealed_secrets", newest) if newest else None
    account.old_secret_until = None
    app.remembered.pop(RECEIVERS, None)


def port_with(app: App, crm: str, settings: Settings | None, *, in_job: bool = False) -> CrmPort:
    """A CRM opened by ``settings``; None for what is asked of it before there are any."""
    forbid_open()
    connector = app.plugins.crm_connector(crm)
    return connector.bind(connector.context(settings, in_job=in_job))


def secret_field(settings: Settings) -> str | None:
    """The field that a message about the credentials belongs to."""
    return next(iter(secret_fields(type(settings))), None)


def open_all(app: App, most: int = 1000) -> tuple[int, int]:
    """Of the newest connections of all workspaces, how many can be opened and how many can't."""
    opened = closed = 0
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        rows: list[Row] = []
        rows += session.scalars(select(PaymentAccount).order_by(PaymentAccount.id.desc()).limit(most))
        rows += session.scalars(select(CrmConnection).order_by(CrmConnection.id.desc()).limit(most))
        for row in rows:
            try:
                _open(app, row, "sealed_settings", row.sealed_settings)
                opened += 1
            except SealBroken:
                closed += 1
    return opened, closed


def _seal(app: App, row: Row, column: str, value: Any) -> str:
    return app.secrets.seal(json.dumps(value), row.tenant_id, row.__tablename__, column, row.id)


def _open(app: App, row: Row, column: str, sealed: str) -> Any:
    return json.loads(app.secrets.open(sealed, row.tenant_id, row.__tablename__, column, row.id))


def _hint(settings: Settings) -> str:
    for value in dict(settings).values():
        if isinstance(value, SecretStr):
            return "…" + value.get_secret_value()[-4:]
    return ""
