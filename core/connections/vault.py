"""Credentials of connections, sealed into their rows."""

import json
from typing import Any

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
    """The signing secrets of an account, newest first."""
    if account.sealed_secrets is None:
        return ()
    return tuple(_open(app, account, "sealed_secrets", account.sealed_secrets))


def keep_signing_secret(app: App, account: PaymentAccount, secret: str) -> None:
    """Make ``secret`` the newest one. The one before stays: while a secret is rolled, either signs."""
    kept = [secret, *(old for old in signing_secrets(app, account) if old != secret)][:2]
    account.sealed_secrets = _seal(app, account, "sealed_secrets", kept)
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
