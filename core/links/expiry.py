"""Links whose time is over: looked at when it is, and closed where the provider doesn't do so itself.

A provider that lets links expire is asked what became of one; at any other the host takes the link back,
which may be done twice: after a lost reply it is simply done again. What fails is tried again in ten
minutes, or in an hour where a person has to mend something first; a payment that comes meanwhile is
recorded, and flagged as late.
"""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, func, select, update

from core.api.errors import CredentialsError, DealpayError, NotSent, Rejected, Unsupported
from core.app import App
from core.connections import service as connections
from core.connections.service import AccountRef
from core.links import ledger
from core.links.models import PAYABLE, PaymentLink

log = structlog.get_logger(__name__)

EVERY = 60.0  # seconds
_SECONDS = 40.0
_ACCOUNTS = 500
_OF_ONE_ACCOUNT = 100
#: A provider's clock may be behind ours.
_GRACE = timedelta(seconds=30)
_AGAIN, _MUCH_LATER = timedelta(minutes=10), timedelta(hours=1)
#: A provider that still says after that long that the link is open was told another time by somebody.
_PATIENCE = timedelta(hours=1)
_LATER = timedelta(days=1)


def close_expired(app: App) -> str | None:
    """See to the links whose time is over; what came of it in a sentence, None where none was."""
    found = connections.go_round(_accounts(app), lambda one, until: _visit(app, one), _SECONDS)
    closed = sum(found.results)
    if not closed and not found.failed:
        return None
    return f"Links that expired: {closed}.{found.failures}"


def _due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (PaymentLink.expiry_at <= now - _GRACE, PaymentLink.state.in_(PAYABLE))


def _accounts(app: App) -> list[AccountRef]:
    """Those with a link whose time is over, the one that waits longest first."""
    of_it = PaymentLink.account_id == connections.PaymentAccount.id
    oldest = select(func.min(PaymentLink.expiry_at)).where(of_it, *_due(app.clock()))
    return connections.accounts_by(app, oldest.scalar_subquery(), limit=_ACCOUNTS)


def _visit(app: App, account: AccountRef) -> int:
    """See to the links of one account; how many are closed now. The first failure ends the visit,
    unless it is about the one link."""
    mine = (
        select(PaymentLink)
        .where(PaymentLink.account_id == account.id, *_due(app.clock()))
        .order_by(PaymentLink.expiry_at)
        .limit(_OF_ONE_ACCOUNT)
    )
    with app.db.unit_of_work(account.tenant_id, read_only=True) as session:
        links = list(session.scalars(mine))
    closed = 0
    for link in links:
        try:
            closed += _see_to(app, account.tenant_id, link)
        except Rejected as error:
            log.warning("links.not_closed", link_id=link.id, reason=error.code)
            _put_off(app, account.tenant_id, [link.id], _MUCH_LATER)
        except DealpayError as error:
            _put_off(app, account.tenant_id, [one.id for one in links], _wait_after(error))
            raise
    return closed


def _see_to(app: App, tenant_id: str, link: PaymentLink) -> bool:
    """Whether the link takes no payments any more."""
    assert link.provider_ref
    assert link.expires_at
    with connections.watched_account(app, tenant_id, link.account_id) as port:
        kept = port.link_options.expiry is not None
        status = (port.fetch_status if kept else port.deactivate_link)(link.provider_ref)
    ledger.write_down(app, tenant_id, link.id, status)
    with app.db.unit_of_work(tenant_id, read_only=True) as session:
        closed = not session.get_one(PaymentLink, link.id).payable
    if not closed:
        over_for = app.clock() - link.expires_at
        _put_off(app, tenant_id, [link.id], _AGAIN if over_for < _PATIENCE else _LATER)
    return closed


def _wait_after(error: DealpayError) -> timedelta:
    if isinstance(error, (CredentialsError, Unsupported)):
        return _MUCH_LATER
    if isinstance(error, NotSent) and error.retry_after:
        return max(_AGAIN, timedelta(seconds=error.retry_after))
    return _AGAIN


def _put_off(app: App, tenant_id: str, link_ids: list[str], wait: timedelta) -> None:
    """A link that was closed meanwhile is left as it is."""
    waiting = PaymentLink.id.in_(link_ids) & PaymentLink.expiry_at.is_not(None)
    with app.db.unit_of_work(tenant_id) as session:
        session.execute(update(PaymentLink).where(waiting).values(expiry_at=app.clock() + wait))
