"""Looking at the workspace's CRM by calls that change nothing, to find what its key may not do."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import select

from core.api.actions import kind_word
from core.api.errors import CredentialsError, DealpayError, Rejected
from core.api.records import CrmAccount
from core.api.text import N_, _, show
from core.app import App
from core.connections.crm import opened_crm
from core.connections.models import CrmConnection
from core.connections.vault import NotConnected
from core.people.service import Member
from core.plugin_host.entries import ConnectorEntry
from core.plugin_host.ports import CrmPort

#: What is asked of the CRM, by the verb that asks; the second needs a kind of record.
_TITLES = {
    "validate_credentials": N_("The key opens the CRM account"),
    "list_pipelines": N_("Pipelines and stages can be read: %(kind)s"),
    "list_fields": N_("Fields can be read: %(kind)s"),
    "list_users": N_("Users can be read"),
}


@dataclass(frozen=True, slots=True)
class CrmRow:
    """A line of the list: what was asked, and what is to be done where it failed."""

    title: str
    state: Literal["ok", "bad"]
    problem: str | None


def examine_crm(app: App, actor: Member) -> bool:
    """Ask the CRM for what can be asked for without changing anything; whether its key works.

    Raises NotConnected. Calls out.
    """
    try:
        connection, port = opened_crm(app, actor.tenant_id)
        account = port.validate_credentials()
    except NotConnected:
        raise
    except DealpayError as error:
        _write(app, actor, [_found("validate_credentials", "", error)], error)
        return False
    if account.external_id != connection.external_id:
        other = CredentialsError(
            _(
                "The key opens %(name)s now, and this workspace belongs to %(own_name)s. Replace it.",
                name=account.name,
                own_name=connection.external_name,
            )
        )
        _write(app, actor, [_found("validate_credentials", "", other)], other)
        return False
    connector = app.plugins.crm_connector(connection.crm)
    _write(app, actor, [_found("validate_credentials", ""), *_reads(connector, port)], account=account)
    return True


def crm_rows(connection: CrmConnection) -> list[CrmRow]:
    """What was found last, in the reader's language but for what the CRM itself had said."""
    return [
        CrmRow(
            show(_TITLES[one["verb"]]) % {"kind": one["kind"] and kind_word(one["kind"])},
            "bad" if one["problem"] else "ok",
            one["problem"] and show(one["problem"]),
        )
        for one in connection.report or ()
        if one["verb"] in _TITLES
    ]


def _reads(connector: ConnectorEntry, port: CrmPort) -> list[dict[str, Any]]:
    asks: list[tuple[str, str, Callable[[str], Any]]] = []
    for kind in connector.record_kinds:
        asks += ("list_pipelines", kind, port.list_pipelines), ("list_fields", kind, port.list_fields)
    asks.append(("list_users", "", port.list_users))
    found = []
    for verb, kind, ask in asks:
        if verb in connector.capabilities:
            try:
                ask(kind)
                found.append(_found(verb, kind))
            except DealpayError as error:
                found.append(_found(verb, kind, error))
    return found


def _found(verb: str, kind: str, error: DealpayError | None = None) -> dict[str, Any]:
    said = error.user_message if isinstance(error, Rejected) else str(error) if error else None
    return {"verb": verb, "kind": kind, "problem": said}


def _write(
    app: App,
    actor: Member,
    report: list[dict[str, Any]],
    error: DealpayError | None = None,
    account: CrmAccount | None = None,
) -> None:
    """Access by OAuth that has ended early is renewed by whoever uses it next, and doesn't count."""
    with app.db.unit_of_work(actor.tenant_id) as session:
        connection = session.scalars(select(CrmConnection).limit(1)).one_or_none()
        if connection is None:
            raise NotConnected(_("This workspace has no CRM any more."))
        connection.report = report
        if account is not None:
            connection.external_name = account.name
            connection.health, connection.last_error = "ok", None
            connection.checked_at = app.clock()
            connection.missing_permissions = list(account.missing_permissions)
        elif isinstance(error, CredentialsError) and connection.auth == "key":
            connection.health, connection.last_error = "failing", str(error)
            connection.checked_at = app.clock()


@dataclass(frozen=True, slots=True)
class PermissionRow:
    """A permission that the app needs in the CRM: what for, and what of it is missing."""

    name: str
    actions: tuple[str, ...]
    reason: str
    missing: tuple[str, ...]


def permission_rows(
    connection: CrmConnection | None, connector: ConnectorEntry | None
) -> list[PermissionRow]:
    """The permissions of the connector's manifest, those first of which something is missing.

    What the CRM names as missing in other words than the manifest's is a row of its own.
    """
    lacking = set(connection.missing_permissions or ()) if connection else set()
    needed = []
    for one in connector.permissions if connector else ():
        missing = [action for action in one.actions if lacking & _said(one.name, action)]
        for action in missing:
            lacking -= _said(one.name, action)
        needed.append(
            PermissionRow(
                show(one.name),
                tuple(map(show, one.actions)),
                show(one.reason),
                tuple(map(show, missing)),
            )
        )
    others = [PermissionRow(words, (), "", (words,)) for words in sorted(lacking)]
    return sorted([*others, *needed], key=lambda row: not row.missing)


def _said(name: str, action: str) -> set[str]:
    """How connectors put what is missing."""
    return {f"{name}: {action}", f"{name}.{action}", f"{name} ({action})"}
