"""Asking about links again and again, so that no payment waits for a webhook that was lost.

A link is asked about often while it is young and rarely when it is old. What an answer by another way
brought (a webhook, "Check now", the payer's page) is not asked for again before its time.

With 10,000 open links, as many made on each of the last 30 days (333 a day), that is in a day
    333 x 6 in their first hour + 333 x 23 in their first day + 2,000 x 4 in their first week
    + 7,667 x 1 in their first month = 25,300 links,
one every 3.4 seconds, of two requests each at a provider that takes 25 a second or more. 10,000
links that were paid in a month add 4 looks each over four months: 1,300 a day. One run takes at most
60 of each 120 seconds on four threads; at half a second a link that is 480, or 345,000 a day. What
exceeds it comes later: the oldest look first, and at most 100 of one account in a run, so that a large
one neither delays the others nor uses up its own limit.
"""

import time
from collections.abc import Collection
from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, select, update

from core.api.errors import CredentialsError, DealpayError, NotSent, Rejected, Unsupported
from core.app import App
from core.connections import service as connections
from core.connections.service import AccountRef
from core.links.checking import Checked, check
from core.links.clarify import unclear
from core.links.models import PAYABLE, Flag, PaymentLink

log = structlog.get_logger(__name__)

EVERY = 120.0  # seconds
_SECONDS = 60.0
_ACCOUNTS = 500
_OF_ONE_ACCOUNT = 100

#: How often a link of at most that age is asked about.
_BY_AGE = (
    (timedelta(hours=1), timedelta(minutes=10)),
    (timedelta(days=1), timedelta(hours=1)),
    (timedelta(days=7), timedelta(hours=6)),
    (timedelta(days=30), timedelta(days=1)),
)
_OLD = timedelta(days=7)
FIRST_LOOK = _BY_AGE[0][1]
#: Money on its way arrives when a bank says so, however old the link is.
_PENDING = timedelta(hours=6)
#: A draft's own job is at work on it for a day; what it could not find out is searched for rarely.
_DRAFT = timedelta(hours=6)
#: Refunds and disputes come late, and mostly with an event. Cards can be disputed for 120 days.
_CLOSED, _CLOSED_FOR = timedelta(days=30), timedelta(days=120)
#: After a failure; the second where a person has to mend something first.
_ASK_LATER, _ASK_MUCH_LATER = timedelta(minutes=10), timedelta(hours=1)


def sweep(app: App) -> str | None:
    """Ask about the links that are due; what came of it in a sentence, None where none was due."""
    found = connections.go_round(_accounts(app), lambda one, until: _visit(app, one, until), _SECONDS)
    checked = [one for visit in found.results for one in visit]
    if not checked and not found.failed:
        return None
    news = sum(one.changed for one in checked)
    return f"Asked about {len(checked)} links, of which {news} had news.{found.failures}"


def recheck(app: App, tenant_id: str, link_id: str) -> Checked:
    """Ask about a link now, and plan when it is asked about again. Calls out."""
    try:
        checked = check(app, tenant_id, link_id)
    except DealpayError as error:
        _put_off(app, tenant_id, [link_id], error)
        raise
    _plan(app, tenant_id, [link_id])
    return checked


def interval(link: PaymentLink, now: datetime) -> timedelta | None:
    """How long an answer about a link is good for; None where it needs no other."""
    age = now - link.created_at
    by_age = next((every for upto, every in _BY_AGE if age < upto), _OLD)
    if link.state == "draft":
        at_work = link.job_state in ("pending", "running")
        return max(by_age, _DRAFT) if at_work or unclear(link) else None
    if Flag.PENDING_PAYMENT in link.flags:
        return min(by_age, _PENDING)
    if link.payable:
        return by_age
    return _CLOSED if now - (link.paid_at or link.created_at) < _CLOSED_FOR else None


def _accounts(app: App) -> list[AccountRef]:
    """Those with a link that is due, the one that waits longest first."""
    due = (PaymentLink.account_id == connections.PaymentAccount.id) & (
        PaymentLink.check_at <= app.clock()
    )
    oldest = select(func.min(PaymentLink.check_at)).where(due).scalar_subquery()
    return connections.accounts_by(app, oldest, limit=_ACCOUNTS)


def _visit(app: App, account: AccountRef, until: float) -> list[Checked]:
    """Ask about the links of one account that are due, until time.monotonic() is ``until``.

    The first failure ends the visit, unless it is about the one link: the rest is for the next.
    """
    checked: list[Checked] = []
    asked = 0
    while asked < _OF_ONE_ACCOUNT and (due := _due(app, account)):
        ask = [link for link in due if _needs_asking(app, link)]
        # After an upgrade all links are due, and most of them closed: that must not take days.
        _plan(app, account.tenant_id, {link.id for link in due} - {link.id for link in ask})
        for link in ask[: _OF_ONE_ACCOUNT - asked]:
            if time.monotonic() > until:
                return checked
            asked += 1
            try:
                checked.append(recheck(app, account.tenant_id, link.id))
            except Rejected as error:
                log.warning("links.not_readable", link_id=link.id, reason=error.code)
            except (CredentialsError, Unsupported) as error:
                _put_off(app, account.tenant_id, [one.id for one in ask], error)
                raise
        if time.monotonic() > until:
            break
    return checked


def _due(app: App, account: AccountRef) -> list[PaymentLink]:
    due = select(PaymentLink).where(
        PaymentLink.account_id == account.id, PaymentLink.check_at <= app.clock()
    )
    with app.db.unit_of_work(account.tenant_id, read_only=True) as session:
        return list(session.scalars(due.order_by(PaymentLink.check_at).limit(_OF_ONE_ACCOUNT)))


def _needs_asking(app: App, link: PaymentLink) -> bool:
    """Whether the last answer is too old by now, and there is somebody to ask."""
    every = interval(link, app.clock())
    if every is None or (link.state == "draft" and not unclear(link)):
        return False
    return link.checked_at is None or link.checked_at + every <= app.clock()


def _plan(app: App, tenant_id: str, link_ids: Collection[str]) -> None:
    now = app.clock()
    with app.db.unit_of_work(tenant_id) as session:
        for link in session.scalars(select(PaymentLink).where(PaymentLink.id.in_(link_ids))):
            every = interval(link, now)
            link.check_at = (link.checked_at or now) + every if every else None


def _put_off(app: App, tenant_id: str, link_ids: list[str], error: DealpayError) -> None:
    wait = _ASK_LATER
    if isinstance(error, (Rejected, CredentialsError, Unsupported)):
        wait = _ASK_MUCH_LATER
    elif isinstance(error, NotSent) and error.retry_after:
        wait = max(wait, timedelta(seconds=error.retry_after))
    with app.db.unit_of_work(tenant_id) as session:
        session.execute(
            update(PaymentLink).where(PaymentLink.id.in_(link_ids)).values(check_at=app.clock() + wait)
        )


def waiting(app: App, tenant_id: str, account_id: str) -> list[str]:
    """The links of an account that wait: for a payment, for money on its way, to be clarified."""
    pending = PaymentLink.flags.bitwise_and(Flag.PENDING_PAYMENT) != Flag(0)
    unclear_ = (
        (PaymentLink.state == "draft") & (PaymentLink.job_state == "failed") & (PaymentLink.attempts > 1)
    )
    query = (
        select(PaymentLink.id)
        .where(PaymentLink.account_id == account_id, PaymentLink.state.in_(PAYABLE) | pending | unclear_)
        .order_by(PaymentLink.id)
    )
    with app.db.unit_of_work(tenant_id, read_only=True) as session:
        return list(session.scalars(query))
