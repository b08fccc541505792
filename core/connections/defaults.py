"""The account that new links are made with unless somebody chooses another: one of the active ones."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.api.text import _
from core.app import App
from core.audit import service as audit
from core.connections.models import PaymentAccount
from core.connections.vault import NotConnected
from core.people.service import Member
from core.tenants import service as tenants


def take_turns(session: Session, tenant_id: str) -> None:
    """Whatever may change the default account begins with this: two at once would leave two, or none."""
    tenants.lock(session, tenant_id)


def settle_default(session: Session) -> None:
    """See to it that exactly one active account is the default, where there is an active one."""
    session.flush()
    by_age = select(PaymentAccount).where(~PaymentAccount.draft).order_by(PaymentAccount.id)
    accounts = list(session.scalars(by_age))
    before = next((one for one in accounts if one.is_default), None)
    if before is None or not before.active:
        _move(session, before, next((one for one in accounts if one.active), None))


def make_default(app: App, actor: Member, account_id: str) -> None:
    """Make new links with this account. Raises NotConnected for one that isn't active."""
    with app.db.unit_of_work(actor.tenant_id) as session:
        take_turns(session, actor.tenant_id)
        account = session.get(PaymentAccount, account_id)
        if account is None or account.draft or not account.active:
            raise NotConnected(_("This payment account is not active. Switch it on first."))
        before = session.scalars(select(PaymentAccount).where(PaymentAccount.is_default)).one_or_none()
        if before is not account:
            _move(session, before, account)
            audit.record(session, "account.made_default", account_id, actor_id=actor.user_id)


def _move(session: Session, before: PaymentAccount | None, after: PaymentAccount | None) -> None:
    # One after the other: the database lets there be one at a time.
    if before:
        before.is_default = False
        session.flush()
    if after:
        after.is_default = True
        session.flush()
