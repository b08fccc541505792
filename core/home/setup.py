"""All that can be wrong with a workspace's setup, each with its cause and its cure.

What is shown is what the last look at the connections has found, and what came in since. ``examine``
looks again; it changes nothing at the CRM or at a provider.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import structlog
from sqlalchemy.orm import Session

from core.api.errors import DealpayError
from core.api.text import _, ngettext, show
from core.app import App
from core.connections import service as connections
from core.connections.service import PaymentAccount
from core.inbox import service as inbox
from core.people.service import Member
from core.tenants import service as tenants
from core.web import health

log = structlog.get_logger(__name__)

#: No look begins later than this after the first.
_SECONDS = 25.0


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with what, why, what to do, and the page to do it on."""

    what: str
    state: Literal["ok", "warn", "bad"]
    says: str
    path: str


def examine(app: App, actor: Member) -> list[str]:
    """Look at the CRM and at each active account again; the labels of those that it had no time for."""
    until = time.monotonic() + _SECONDS
    try:
        connections.examine_crm(app, actor)
    except DealpayError as error:
        log.info("setup.crm_not_examined", tenant_id=actor.tenant_id, reason=type(error).__name__)
    with app.db.unit_of_work(actor.tenant_id, read_only=True) as session:
        accounts = [one for one in connections.list_accounts(session) if one.active]
    left = []
    for account in accounts:
        if time.monotonic() > until:
            left.append(account.label)
        elif account.provider in app.plugins.payment_providers:
            connections.examine_account(app, actor, account.id)
    tenants.note_examined(app, actor.tenant_id)
    return left


def troubles(app: App, session: Session) -> list[Trouble]:
    """What is to be done, the worst first; a line that all is well where a part is."""
    accounts = [one for one in connections.list_accounts(session) if one.active]
    found = [
        *_host(app),
        *_crm(app, session),
        *_accounts(app, accounts),
        *_drafts(app, session),
        *_webhooks(app, session, accounts),
    ]
    return sorted(found, key=lambda one: ("bad", "warn", "ok").index(one.state))


def _host(app: App) -> Iterator[Trouble]:
    """What only the operator can mend."""
    name = _("This Dealpay")
    if not app.settings.secure and not app.settings.sandbox:
        said = _(
            "It is reached at %(url)s. Without https, live accounts send it no events and the CRM "
            "shows it "
            "in no frame. Whoever operates it sets dealpay.public_url to an https address.",
            url=app.settings.public_url,
        )
        yield Trouble(name, "bad", said, "")
    if health.workers(app) != health.OK:
        said = _(
            "Nobody does the work in the background, so what is paid is taken in and leads to nothing. "
            "Whoever operates it starts a worker (dealpay worker)."
        )
        yield Trouble(name, "bad", said, "")


def _crm(app: App, session: Session) -> Iterator[Trouble]:
    crm = connections.crm_connection(session)
    if crm is None:
        yield Trouble(_("CRM"), "bad", _("None is connected, so no lead or deal can be opened."), "/crm")
        return
    if crm.health != "ok":
        yield Trouble(crm.external_name, "bad", show(crm.last_error or ""), "/crm")
        return
    wrong = [row for row in connections.crm_rows(crm) if row.state != "ok"]
    for row in wrong:
        yield Trouble(crm.external_name, "bad", f"{row.title}: {row.problem}", "/crm")
    connector = app.plugins.crm_connectors.get(crm.crm)
    for lacking in connections.permission_rows(crm, connector):
        if lacking.missing:
            said = _(
                "The permission %(name)s (%(actions)s) is missing. An admin of the CRM grants it to "
                "the user "
                "of the key, or to the app. It is for this: %(reason)s",
                name=lacking.name,
                actions=", ".join(lacking.missing),
                reason=lacking.reason,
            )
            yield Trouble(crm.external_name, "bad", said, "/crm")
    if not wrong and not crm.missing_permissions:
        yield Trouble(crm.external_name, "ok", _("The CRM is connected."), "/crm")


def _accounts(app: App, accounts: list[PaymentAccount]) -> Iterator[Trouble]:
    if not accounts:
        said = _("No payment account is active, so no link can be made.")
        yield Trouble(_("Connected accounts"), "bad", said, "/accounts")
    for account in accounts:
        provider = app.plugins.payment_providers.get(account.provider)
        path = f"/accounts/{account.id}"
        if provider is None:
            said = _("The plugin of its provider is not loaded. The operator installs it again.")
            yield Trouble(account.label, "bad", said, "/plugins")
            continue
        found = connections.problems(account, provider)
        for row in found:
            yield Trouble(account.label, row.state, f"{row.title}: {row.says}", path)
        if not found:
            yield Trouble(account.label, "ok", _("The account is set up."), path)


def _drafts(app: App, session: Session) -> Iterator[Trouble]:
    """Keys that no provider has checked yet."""
    for draft in connections.drafts(app, session):
        state: Literal["bad", "warn"] = "bad" if draft.state == "refused" else "warn"
        said = _("Its key is kept, and not checked yet: %(why)s", why=draft.problem)
        yield Trouble(draft.name, state, said, "/accounts")


def _webhooks(app: App, session: Session, accounts: list[PaymentAccount]) -> Iterator[Trouble]:
    """What comes in, or doesn't."""
    refused = inbox.refused_lately(accounts, app.clock())
    for account in refused:
        said = ngettext(
            "%(num)s delivery was refused, the last one because %(reason)s. If the provider sent it, "
            "the "
            "signing secret here isn't that of its endpoint: copy it there and paste it here.",
            "%(num)s deliveries were refused, the last one because %(reason)s. If the provider sent "
            "them, "
            "the signing secret here isn't that of its endpoint: copy it there and paste it here.",
            account.refused_count,
            reason=show(account.refused_reason or ""),
        )
        yield Trouble(account.label, "warn", said, f"/accounts/{account.id}#by-hand")
    for account in inbox.silent(session, accounts):
        if account in refused:
            continue  # it is known why
        said = _(
            "Something was paid, and no event of it has come by webhook; it was found by asking. Check "
            "that the endpoint leads to the webhook URL of the account, that it is switched on, and "
            "that "
            "the internet reaches %(url)s.",
            url=app.settings.public_url,
        )
        yield Trouble(account.label, "warn", said, f"/accounts/{account.id}#webhook")
