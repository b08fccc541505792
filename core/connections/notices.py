"""Telling owners and admins by mail that a connection has stopped working.

What is new is told at once, and what lasts once a day, all of it in one mail.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.app import App
from core.connections.models import CrmConnection, OperationsNotice, PaymentAccount
from core.db.session import ALL_TENANTS
from core.mail import service as mail
from core.people import service as people

#: How often it is looked, in seconds.
EVERY = 600.0
_DAY = timedelta(days=1)
#: So recently a webhook's signature must have failed for the webhook to be failing now.
_RECENT = timedelta(hours=1)
_MOST = 1000


@dataclass(frozen=True, slots=True)
class Trouble:
    """What doesn't work. ``kind`` is ``crm``, ``account`` or ``webhook``."""

    subject_id: str
    kind: str
    name: str
    reason: str

    @property
    def key(self) -> str:
        """What it is known by from one look to the next."""
        return f"{self.kind}:{self.subject_id}"


def tell_of_troubles(app: App) -> str | None:
    """Mail what has stopped working since the last look, and once a day what still doesn't work."""
    found: dict[str, list[Trouble]] = defaultdict(list)
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        for tenant_id, trouble in _troubles(session, app.clock()):
            found[tenant_id].append(trouble)
        told = select(OperationsNotice.tenant_id).where(OperationsNotice.open)
        recovered = set(session.scalars(told)) - found.keys()
    mailed = sum(_tell(app, tenant_id, troubles) for tenant_id, troubles in found.items())
    for tenant_id in recovered:
        _tell(app, tenant_id, [])
    return f"{mailed} workspaces were told what doesn't work." if mailed else None


def _troubles(session: Session, now: datetime) -> Iterator[tuple[str, Trouble]]:
    failing = select(CrmConnection).where(CrmConnection.health == "failing").limit(_MOST)
    for crm in session.scalars(failing):
        yield crm.tenant_id, Trouble(crm.id, "crm", crm.external_name, crm.last_error or "")
    refused = PaymentAccount.refused_at > now - _RECENT
    accounts = select(PaymentAccount).where(
        PaymentAccount.active, (PaymentAccount.health == "failing") | refused
    )
    for account in session.scalars(accounts.limit(_MOST)):
        if account.health == "failing":
            yield (
                account.tenant_id,
                Trouble(account.id, "account", account.label, account.last_error or ""),
            )
        # A sender with another secret may be a stranger: as long as true events arrive, nothing fails.
        elif account.refused_at and not (
            account.last_event_at and account.last_event_at >= account.refused_at - _RECENT
        ):
            yield (
                account.tenant_id,
                Trouble(account.id, "webhook", account.label, account.refused_reason or ""),
            )


def _tell(app: App, tenant_id: str, troubles: list[Trouble]) -> bool:
    """Whether a mail was written. Which troubles were told is kept in the same transaction."""
    now = app.clock()
    with app.db.unit_of_work(tenant_id) as session:
        notice = session.scalar(select(OperationsNotice).with_for_update())
        if notice is None:
            notice = OperationsNotice(tenant_id=tenant_id, told={}, open=True)
            session.add(notice)
        # What has recovered is remembered for a day: something that comes and goes is told of once.
        kept = {key: at for key, at in notice.told.items() if now - datetime.fromisoformat(at) < _DAY}
        due = [one for one in troubles if one.key not in kept]
        notice.open = bool(troubles)
        if not due:
            notice.told = kept
            return False
        notice.told = kept | {one.key: now.isoformat() for one in troubles}
        for person in people.admins_of(session):
            mail.send(
                app,
                session,
                tenant_id,
                person.email,
                "not_working",
                language=person.language,
                troubles=troubles,
                link=f"{app.settings.public_url}/",
            )
        return True
